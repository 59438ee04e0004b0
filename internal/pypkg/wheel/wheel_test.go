package wheel

import (
	"slices"
	"testing"
)

func TestAFileNameIsSplit(t *testing.T) {
	for name, want := range map[string]Filename{
		"six-1.17.0-py2.py3-none-any.whl":                      {"six", "1.17.0", "", "py2.py3-none-any"},
		"Foo_Bar-1.0-2b-cp313-cp313-manylinux_2_17_x86_64.whl": {"Foo_Bar", "1.0", "2b", "cp313-cp313-manylinux_2_17_x86_64"},
		"foo.bar-1!2.0+cpu-py3-none-manylinux1_x86_64.any.whl": {"foo.bar", "1!2.0+cpu", "", "py3-none-manylinux1_x86_64.any"},
	} {
		if got, err := SplitFilename(name); err != nil || got != want {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	for name, want := range map[string]string{
		"six-1.17.0.tar.gz":             "it does not end in .whl",
		"six-1.17.0-py3-none.whl":       "it has 4 parts instead of name-version(-build)-python-abi-platform",
		"a-b-c-1.17.0-py3-none-any.whl": "it has 7 parts instead of name-version(-build)-python-abi-platform",
		"-1.17.0-py3-none-any.whl":      "it has no name or no version",
		"_._-1.17.0-py3-none-any.whl":   "it has no name or no version",
		"six--py3-none-any.whl":         "it has no name or no version",
		"six-1-b2-py3-none-any.whl":     `the build number "b2" does not start with a digit`,
		"six-1--py3-none-any.whl":       `the build number "" does not start with a digit`,
	} {
		if got, err := SplitFilename(name); err == nil || err.Error() != want {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestAFolderNamesItsPackage(t *testing.T) {
	for folder, want := range map[string]string{
		"Foo_Bar.baz-1.0.dist-info": "foo-bar-baz", "x.dist-info": "x", "foo-1.0.data": "", "foo": "",
	} {
		if got := Package(folder); got != want {
			t.Errorf("%s: %q", folder, got)
		}
	}
}

func TestALineOfSpacesDoesNotEndTheFields(t *testing.T) {
	fields := Fields([]byte("Name: a\nLicense: one\n        \n        two: 2\n\t\nRequires-Dist: b\n\nRequires-Dist: c\n"))
	if want := []Field{{"name", "a"}, {"license", "one"}, {"requires-dist", "b"}}; !slices.Equal(fields, want) {
		t.Errorf("%v", fields)
	}
}

func TestFieldsEndAtTheDescription(t *testing.T) {
	fields := Fields([]byte("\ufeff\r\nMetadata-Version: 2.1\r\nNAME:  six \r\nSummary: a: b\r\n  Version: 9\r\nno field\r\nName: seven\r\nClassifier: A\r\nClassifier: B\r\n\r\nVersion: 3\r\n"))
	want := []Field{{"metadata-version", "2.1"}, {"name", "six"}, {"summary", "a: b"}, {"name", "seven"}, {"classifier", "A"}, {"classifier", "B"}}
	if !slices.Equal(fields, want) {
		t.Errorf("%q", fields)
	}
	if name, ok := First(fields, "name"); name != "six" || !ok {
		t.Errorf("%q %t", name, ok)
	}
	if version, ok := First(fields, "version"); ok {
		t.Errorf("a version %q", version)
	}
}

func TestARecordIsReadAsPipReadsIt(t *testing.T) {
	rows, err := ParseRecord([]byte("\ufeff\"a,\"\"b\",sha256=x,12\r\n/c\\d,,\r\n../../bin/e,md5=y\r\nf\r\n"))
	want := []Row{{`a,"b`, "sha256=x", 12}, {"c/d", "", -1}, {"../../bin/e", "md5=y", -1}, {"f", "", -1}}
	if err != nil || !slices.Equal(rows, want) {
		t.Errorf("%+v, %v", rows, err)
	}
	for text, want := range map[string]string{
		"a,b,1,c\n":     "line 1: 4 fields, want path,hash,size",
		"a,,\n,x,1\n":   "line 2: no path",
		"a,,\nb,,one\n": `line 2: size "one" is not a number of bytes`,
		"a,,-1\n":       `line 1: size "-1" is not a number of bytes`,
	} {
		if _, err := ParseRecord([]byte(text)); err == nil || err.Error() != want {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzRecord(f *testing.F) {
	f.Add([]byte("six.py,sha256=abc,3\nsix-1.dist-info/RECORD,,\n"))
	f.Add([]byte("\"a,\"\"b\",sha256=x,1\n/c\\d,,\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		rows, err := ParseRecord(content)
		if err != nil {
			return
		}
		for _, row := range rows {
			if row.Path == "" || row.Path[0] == '/' {
				t.Errorf("path %q", row.Path)
			}
		}
		written, err := FormatRecord(rows)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseRecord(written); err != nil {
			t.Errorf("%q is written as %q: %v", content, written, err)
		}
	})
}
