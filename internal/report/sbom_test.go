package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spdx/tools-golang/json"
)

func materials() Materials {
	b := build()
	return Materials{
		Platform: b.Platforms[0], Version: "1.2.3",
		Installed: map[string]Metadata{
			"numbers": {Name: "numbers", Version: "2.5.5", License: "BSD-3-Clause", Homepage: "https://example.com", Summary: "Numbers"},
			"prices":  {Name: "prices", Version: "0.1"}, "shop": {Name: "Shop", Version: "1.2.3", License: "MIT"},
		},
		System: append(ParseDebian([]byte(dpkg)), ParseAlpine([]byte(apk))...),
	}
}

const dpkg = `Package: zlib1g
Status: install ok installed
Architecture: amd64
Source: zlib (1:1.3)
Version: 1:1.3.dfsg+really1.3.1-1+b1
Description: compression library
 A line that: is no field

Package: gone
Status: deinstall ok config-files
Version: 1

Package: base-files
Status: install ok installed
Version: 13.8
`

const apk = `C:Q1
P:musl
V:1.2.5-r10
A:x86_64
o:musl

P:ssl_client
V:1.37.0-r18
A:x86_64
o:busybox
`

func TestTheBillOfMaterialsIsAsItWas(t *testing.T) {
	content, err := SBOM(materials())
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "sbom.json", content)
	again, err := SBOM(materials())
	if err != nil || !bytes.Equal(content, again) {
		t.Error("it differs from run to run")
	}
	d, err := json.Read(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Packages) != 3+6+4+3 || len(d.Relationships) != len(d.Packages) {
		t.Errorf("it has %d packages and %d relationships", len(d.Packages), len(d.Relationships))
	}
	ids := map[string]bool{}
	for _, p := range d.Packages {
		ids[string(p.PackageSPDXIdentifier)] = true
	}
	if len(ids) != len(d.Packages) {
		t.Error("two packages have one identifier")
	}
}

func TestABillWithoutTheDistributionsPackagesSaysSo(t *testing.T) {
	m := materials()
	m.System, m.SystemUnknown = nil, true
	content, err := SBOM(m)
	if err != nil {
		t.Fatal(err)
	}
	d, err := json.Read(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	last := d.Relationships[len(d.Relationships)-1]
	if !strings.Contains(d.DocumentComment, "incomplete") || last.Relationship != "CONTAINS" || last.RefB.SpecialID != "NOASSERTION" {
		t.Errorf("the comment is %q, the last relationship %+v", d.DocumentComment, last)
	}
}

func TestWhatAPackageSaysOfItselfIsRead(t *testing.T) {
	for _, c := range []struct {
		what, content string
		want          Metadata
	}{
		{"an expression counts before all else", "Name: A.b\nVersion: 1\nLicense: whatever\nLicense-Expression: MIT OR Apache-2.0\n\nLicense: GPL\n",
			Metadata{Name: "A.b", Version: "1", License: "MIT OR Apache-2.0"}},
		{"a classifier names one licence", "Name: a\nClassifier: License :: OSI Approved :: MIT License\n", Metadata{Name: "a", License: "MIT"}},
		{"two classifiers may mean any", "Name: a\nClassifier: License :: OSI Approved :: MIT License\nClassifier: License :: OSI Approved :: Apache Software License\n",
			Metadata{Name: "a"}},
		{"the field holds a name", "Name: a\r\nLicense: Apache License, Version 2.0\r\n", Metadata{Name: "a", License: "Apache-2.0"}},
		{"the field holds the text of a licence", "Name: a\nLicense: Copyright (c)\n  Redistribution: and use\nVersion: 2\n", Metadata{Name: "a", Version: "2"}},
		{"a homepage is an address", "Home-page: UNKNOWN\nProject-URL: Source, https://example.com/a\n", Metadata{}},
		{"a homepage may be a project's URL", "Project-URL: Homepage, https://example.com/a\n", Metadata{Homepage: "https://example.com/a"}},
		{"nothing", "", Metadata{}},
	} {
		if got := ParseMetadata([]byte(c.content)); got != c.want {
			t.Errorf("%s: %+v", c.what, got)
		}
	}
}

func TestOnlyInstalledPackagesOfTheDistributionCount(t *testing.T) {
	all := ParseDebian([]byte(dpkg))
	if len(all) != 2 || all[0].Name != "base-files" || all[1] != (SystemPackage{"deb", "zlib1g", "1:1.3.dfsg+really1.3.1-1+b1", "amd64", "zlib"}) {
		t.Errorf("they are %+v", all)
	}
	if all := ParseAlpine([]byte(apk)); len(all) != 2 || all[1].Source != "busybox" || all[0].Source != "" {
		t.Errorf("they are %+v", all)
	}
}

func FuzzParseMetadata(f *testing.F) {
	f.Add([]byte("Name: a\nVersion: 1\nLicense: MIT\n\ntext"))
	f.Fuzz(func(t *testing.T, content []byte) { ParseMetadata(content) })
}

func FuzzParseSystem(f *testing.F) {
	f.Add([]byte(dpkg))
	f.Add([]byte(apk))
	f.Fuzz(func(t *testing.T, content []byte) {
		m := materials()
		m.System = append(ParseDebian(content), ParseAlpine(content)...)
		if _, err := SBOM(m); err != nil {
			t.Error(err)
		}
	})
}

func TestMetadataChangesNoTerminal(t *testing.T) {
	m := ParseMetadata([]byte("Name: a\x1b[2Jb\nSummary: \u202ex\nVersion: 1\n\n"))
	if m.Name != `a\x1b[2Jb` || m.Summary != `\u202ex` || m.Version != "1" {
		t.Errorf("%+v", m)
	}
}
