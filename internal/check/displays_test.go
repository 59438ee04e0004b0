package check_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moult-build/moult/internal/check"
	"github.com/moult-build/moult/internal/check/imports"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
)

func TestABuildFileWithADisplayIsNotReported(t *testing.T) {
	for keys, reported := range map[string]bool{
		"cmd = [\"python\", \"main.py\"]\n":                                           true,
		"cmd = [\"python\", \"main.py\"]\nenv = {LANG = \"C\"}\n":                     true,
		"cmd = [\"python\", \"main.py\"]\napt.run = [\"curl\"]\n":                     true,
		"cmd = [\"xvfb-run\", \"python\", \"main.py\"]\n":                             false,
		"cmd = [\"python\", \"main.py\"]\nenv = {QT_QPA_PLATFORM = \"vnc\"}\n":        false,
		"cmd = [\"python\", \"main.py\"]\napt.run = [\"tigervnc-scraping-server\"]\n": false,
		"cmd = [\"python\", \"main.py\"]\nbase = \"example.com/desktop:1\"\n":         false,
		"entrypoint = [\"sh\", \"-c\", \"Xvfb :1 & exec python main.py\"]\n":          false,
		"": true,
	} {
		p, err := project.Read(project.FS(fstest.MapFS{"moult.toml": {Data: []byte("python = \"3.13\"\n" + keys)}}), "moult.toml", project.Options{})
		if err != nil {
			t.Fatal(keys, err)
		}
		file := func(string) *source.File { return &source.File{Name: "main.py", Data: []byte("import tkinter\n")} }
		found := check.Displays{Project: p, File: file, Toolkits: []imports.Toolkit{{Module: "tkinter", File: "/app/main.py", Line: 1, Col: 1}}}.Check()
		if (len(found) == 1) != reported {
			t.Errorf("%q: %v", keys, check.Texts(found))
		}
		if reported && !strings.Contains(found[0].Text(), "main.py imports tkinter at its start, which opens windows, and the image has no display") {
			t.Errorf("it says %q", found[0].Text())
		}
	}
}

func TestTheLibraryOfTkIsNamedForWhatNeedsIt(t *testing.T) {
	p, err := project.Read(project.FS(fstest.MapFS{"moult.toml": {Data: []byte("python = \"3.13\"\n")}}), "moult.toml", project.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for module, named := range map[string]bool{"tkinter": true, "customtkinter": true, "ttkbootstrap": true, "pygame": false, "PyQt6.QtWidgets": false} {
		file := func(string) *source.File { return &source.File{Name: "main.py", Data: []byte("\n")} }
		found := check.Displays{Project: p, File: file, Toolkits: []imports.Toolkit{{Module: module, File: "/app/main.py", Line: 1, Col: 1}}}.Check()
		if len(found) != 1 || strings.Contains(found[0].Text(), "libtk8.6") != named {
			t.Errorf("%s: %v", module, check.Texts(found))
		}
	}
}
