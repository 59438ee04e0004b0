package report

import (
	"strings"

	"github.com/moult-build/moult/internal/pypkg/wheel"
	text "github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/source/regex"
)

// Metadata are the fields of an installed package that a bill of materials
// needs.
type Metadata struct {
	Name    string
	Version string
	// License is an SPDX expression; empty if the package has none.
	License string
	// Homepage is its address, Summary a line about it.
	Homepage string
	Summary  string
}

// ParseMetadata reads the head of a METADATA file (core metadata 1.0 to 2.5).
// It ignores lines that it cannot read.
func ParseMetadata(content []byte) Metadata {
	var m Metadata
	var license string
	var classifiers []string
	for _, f := range wheel.Fields(content) {
		value := text.Printable(f.Value)
		switch f.Key {
		case "name":
			m.Name = value
		case "version":
			m.Version = value
		case "summary":
			m.Summary = value
		case "home-page":
			m.Homepage = value
		case "license-expression":
			if isExpression(value) {
				m.License = value
			}
		case "license":
			license = value
		case "classifier":
			classifiers = append(classifiers, value)
		case "project-url":
			label, address, _ := strings.Cut(value, ",")
			if l := strings.ToLower(label); m.Homepage == "" && (l == "homepage" || l == "source" || l == "repository") {
				m.Homepage = strings.TrimSpace(address)
			}
		}
	}
	if m.License == "" {
		m.License = licenseOf(license, classifiers)
	}
	if !strings.HasPrefix(m.Homepage, "https://") && !strings.HasPrefix(m.Homepage, "http://") || strings.ContainsAny(m.Homepage, " \t") {
		m.Homepage = ""
	}
	return m
}

// licenseOf returns the licence in older metadata. If exactly one classifier is
// in licenseClassifiers, it decides; otherwise the field License does, if it is
// in licenseNames.
func licenseOf(license string, classifiers []string) string {
	var found []string
	for _, c := range classifiers {
		if id := licenseClassifiers[c]; id != "" {
			found = append(found, id)
		}
	}
	if len(found) == 1 {
		return found[0]
	}
	if id, ok := licenseNames[strings.ToLower(license)]; ok {
		return id
	}
	return ""
}

// licenseClassifiers are the classifiers that name one licence; others, such
// as "BSD License", may mean several.
var licenseClassifiers = map[string]string{
	"License :: OSI Approved :: MIT License":                                             "MIT",
	"License :: OSI Approved :: MIT No Attribution License (MIT-0)":                      "MIT-0",
	"License :: OSI Approved :: Apache Software License":                                 "Apache-2.0",
	"License :: OSI Approved :: ISC License (ISCL)":                                      "ISC",
	"License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)":                    "MPL-2.0",
	"License :: OSI Approved :: Python Software Foundation License":                      "PSF-2.0",
	"License :: OSI Approved :: GNU General Public License v2 (GPLv2)":                   "GPL-2.0-only",
	"License :: OSI Approved :: GNU General Public License v2 or later (GPLv2+)":         "GPL-2.0-or-later",
	"License :: OSI Approved :: GNU General Public License v3 (GPLv3)":                   "GPL-3.0-only",
	"License :: OSI Approved :: GNU General Public License v3 or later (GPLv3+)":         "GPL-3.0-or-later",
	"License :: OSI Approved :: GNU Lesser General Public License v2 (LGPLv2)":           "LGPL-2.0-only",
	"License :: OSI Approved :: GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.0-or-later",
	"License :: OSI Approved :: GNU Lesser General Public License v3 (LGPLv3)":           "LGPL-3.0-only",
	"License :: OSI Approved :: GNU Lesser General Public License v3 or later (LGPLv3+)": "LGPL-3.0-or-later",
	"License :: OSI Approved :: GNU Affero General Public License v3":                    "AGPL-3.0-only",
	"License :: OSI Approved :: GNU Affero General Public License v3 or later (AGPLv3+)": "AGPL-3.0-or-later",
	"License :: OSI Approved :: The Unlicense (Unlicense)":                               "Unlicense",
	"License :: OSI Approved :: zlib/libpng License":                                     "Zlib",
	"License :: OSI Approved :: Boost Software License 1.0 (BSL-1.0)":                    "BSL-1.0",
	"License :: CC0 1.0 Universal (CC0 1.0) Public Domain Dedication":                    "CC0-1.0",
}

// licenseNames are texts of the field License that mean one licence.
var licenseNames = map[string]string{
	"mit": "MIT", "mit license": "MIT", "the mit license": "MIT",
	"apache-2.0": "Apache-2.0", "apache 2.0": "Apache-2.0", "apache license 2.0": "Apache-2.0", "apache license, version 2.0": "Apache-2.0",
	"apache license version 2.0": "Apache-2.0", "apache software license 2.0": "Apache-2.0", "apache2": "Apache-2.0",
	"bsd-3-clause": "BSD-3-Clause", "bsd 3-clause": "BSD-3-Clause", "bsd 3-clause license": "BSD-3-Clause", "3-clause bsd license": "BSD-3-Clause",
	"bsd-2-clause": "BSD-2-Clause", "bsd 2-clause license": "BSD-2-Clause", "0bsd": "0BSD",
	"isc": "ISC", "isc license": "ISC", "mpl-2.0": "MPL-2.0", "mpl 2.0": "MPL-2.0", "psf-2.0": "PSF-2.0",
	"gpl-2.0-only": "GPL-2.0-only", "gpl-2.0-or-later": "GPL-2.0-or-later", "gpl-3.0-only": "GPL-3.0-only", "gpl-3.0-or-later": "GPL-3.0-or-later",
	"lgpl-3.0-only": "LGPL-3.0-only", "lgpl-3.0-or-later": "LGPL-3.0-or-later", "lgpl-2.1-only": "LGPL-2.1-only", "lgpl-2.1-or-later": "LGPL-2.1-or-later",
	"unlicense": "Unlicense", "zlib": "Zlib", "hpnd": "HPND",
}

// expression matches the characters of an SPDX expression. The index has
// checked a License-Expression when the package was uploaded.
var expression = regex.New(`^[A-Za-z0-9.+() :-]+$`)

func isExpression(s string) bool { return expression.MatchString(s) }
