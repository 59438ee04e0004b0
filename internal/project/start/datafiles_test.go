package start

import (
	"strings"
	"testing"
)

func TestAPackageWithoutItsFilesRunsFromTheProjectsFiles(t *testing.T) {
	const (
		setuptools = "[build-system]\nrequires = [\"setuptools\"]\nbuild-backend = \"setuptools.build_meta\"\n"
		page       = "from flask import Flask, render_template\n" + flask + "@app.route(\"/\")\ndef index(): return render_template(\"home.html\")\n"
		shop       = needs + "\"flask\"]\n" + setuptools + "-- shop/__init__.py --\n-- shop/web.py --\n" + page
		template   = "-- shop/templates/home.html --\n"
		installed  = "flask --app shop.web run --host 0.0.0.0 --port 8000"

		site  = "[project]\nname = \"shop\"\nversion = \"1\"\ndependencies = [\"django\", \"gunicorn\"]\n[build-system]\nrequires = []\nbuild-backend = \"uv_build\"\n[tool.uv.build-backend]\nmodule-root = \"\"\n" + manage + "-- shop/__init__.py --\n-- shop/wsgi.py --\n" + django
		serve = "gunicorn --bind 0.0.0.0:8000 shop.wsgi:application"
	)
	for _, test := range []struct {
		name, files, want string
		beside            bool
	}{
		{"templates that setuptools leaves out", shop + template, "env PYTHONPATH=/app " + installed, true},
		{"templates of another folder that no page has", shop + "-- shop/templates/other.html --\n", installed, false},
		{"templates that a table names", strings.Replace(shop, setuptools, setuptools+"[tool.setuptools.package-data]\nshop = [\"templates/*\"]\n", 1) + template, installed, false},
		{"templates that MANIFEST.in names", shop + template + "-- MANIFEST.in --\ngraft shop/templates\n", installed, false},
		{"templates that setup.py names", shop + template + "-- setup.py --\nsetup(package_data={'shop': ['templates/*']})\n", installed, false},
		{"templates that a plugin finds", strings.Replace(shop, "[\"setuptools\"]", "[\"setuptools\", \"setuptools-git\"]", 1) + template, installed, false},
		{"templates that another backend packages", strings.Replace(shop, "setuptools.build_meta", "hatchling.build", 1) + template, installed, false},
		{"applications of Django beside the package", site + "-- sale/__init__.py --\n-- sale/models.py --\n", "env PYTHONPATH=/app " + serve, true},
		{"a program beside the package that needs a folder of src which the package lacks", needs + "]\n[build-system]\nrequires = []\nbuild-backend = \"hatchling.build\"\n-- main.py --\nfrom listing.rows import all\n" + guard + "print(1)\n-- src/shop/__init__.py --\n-- src/listing/rows.py --\n", "env PYTHONPATH=/app/src python main.py", true},
		{"no application of Django beside the package", site + "-- sale/__init__.py --\n", serve, false},
		{"applications of Django in the package", site + "-- shop/sale/models.py --\n", serve, false},
	} {
		in := input(t, tree(test.files))
		in.Copyable = func(string) bool { return true }
		in.Copied = func(string) bool { return false }
		c, err := Command(in)
		if got := strings.Join(c.Cmd, " "); err != nil || got != test.want || c.NextToPackage != test.beside {
			t.Errorf("%s:\ngot  %s (%s, %v), %v\nwant %s", test.name, got, c.Reason, c.NextToPackage, err, test.want)
		}
	}
}
