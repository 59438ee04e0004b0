"""What the site needs beyond Markdown: links out of docs/, and the rules in the navigation."""

import logging
import os
import re

log = logging.getLogger("mkdocs.hooks.moult")

# A link to a file: not to an address, and not within the page.
LINK = re.compile(r"(\]\()(?!https?:|mailto:|#)([^)\s#]+)(#[^)\s]*)?(\))")


def on_config(config):
    """Gives the navigation one page for each file of docs/rules, so that a new rule needs no line here."""
    folder = os.path.join(config.docs_dir, "rules")
    pages = sorted(name for name in os.listdir(folder) if name.endswith(".md") and name != "README.md")
    _replace(config.nav, "rules/", ["rules/README.md"] + ["rules/" + name for name in pages])
    return config


def _replace(items, value, pages):
    for item in items:
        if isinstance(item, dict):
            for key, child in item.items():
                if child == value:
                    item[key] = pages
                elif isinstance(child, list):
                    _replace(child, value, pages)


def on_page_markdown(markdown, page, config, files):
    """Turns a link to a file that is not part of the site (an example, a schema) into one to the repository."""
    root = os.path.dirname(config.docs_dir)
    folder = os.path.dirname(page.file.abs_src_path)

    def to_repository(match):
        target = os.path.normpath(os.path.join(folder, match[2]))
        relative = os.path.relpath(target, config.docs_dir)
        if not relative.startswith("..") and not relative.startswith("applications"):
            return match[0]
        if not os.path.exists(target):
            log.warning("%s: there is no %s", page.file.src_path, match[2])
            return match[0]
        kind = "tree" if os.path.isdir(target) else "blob"
        path = os.path.relpath(target, root)
        return f"{match[1]}{config.repo_url}/{kind}/main/{path}{match[3] or ''}{match[4]}"

    return LINK.sub(to_repository, markdown)
