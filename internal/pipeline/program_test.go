package pipeline_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moult-build/moult/internal/pipeline/worldtest"
	"github.com/moult-build/moult/internal/project"
)

func TestWhatTheProgramUsesOfTheLibraryLimitsTheReleaseOfPython(t *testing.T) {
	const guard = "if __name__ == \"__main__\":\n"
	for _, test := range []struct {
		name  string
		files map[string]string
		want  string
		why   string
	}{
		{"nothing old", map[string]string{"main.py": "import json\n" + guard + "    print(json)\n"}, "3.14", "a year old"},
		{"a module", map[string]string{"main.py": "import cgi\n" + guard + "    print(cgi)\n"}, "3.12", "main.py needs cgi, which Python does not have since 3.13"},
		{"a module that another source imports", map[string]string{"main.py": "import shop.web\n" + guard + "    print()\n", "shop/web.py": "from distutils.util import strtobool\n"}, "3.11",
			"shop/web.py needs distutils, which Python does not have since 3.12"},
		{"the oldest of several", map[string]string{"main.py": "import cgi\nimport imp\n" + guard + "    print(cgi)\n"}, "3.11", "main.py needs imp"},
		{"a name", map[string]string{"main.py": "from inspect import getargspec\n" + guard + "    print()\n"}, "3.10", "main.py needs inspect.getargspec"},
		{"a loop", map[string]string{"main.py": "import asyncio\n" + guard + "    asyncio.get_event_loop().run_until_complete(main())\n"}, "3.13", "main.py needs asyncio.get_event_loop"},
		{"a loop that is set", map[string]string{"main.py": "import asyncio\nasyncio.set_event_loop(asyncio.new_event_loop())\n" + guard + "    asyncio.get_event_loop().run_until_complete(main())\n"}, "3.14", "a year old"},
		{"a package has it", map[string]string{"main.py": "import cgi\n" + guard + "    print(cgi)\n", "requirements.txt": "legacy-cgi\n"}, "3.14", "a year old"},
		{"the project has it", map[string]string{"main.py": "import imp\n" + guard + "    print(imp)\n", "imp.py": ""}, "3.14", "a year old"},
		{"only where it is there", map[string]string{"main.py": "try:\n    import cgi\nexcept ImportError:\n    cgi = None\n" + guard + "    print(cgi)\n"}, "3.14", "a year old"},
		{"a source that is not loaded", map[string]string{"main.py": "import json\n" + guard + "    print(json)\n", "old.py": "import cgi\n"}, "3.14", "a year old"},
		{"a file names the release", map[string]string{"main.py": "import cgi\n" + guard + "    print(cgi)\n", ".python-version": "3.13\n"}, "3.13", ".python-version"},
		{"the build file names the release", map[string]string{"main.py": "import cgi\n" + guard + "    print(cgi)\n", "moult.toml": "python = \"3.13\"\n"}, "3.13", ""},
		{"the build file names the command", map[string]string{"main.py": "import cgi\n", "moult.toml": "cmd = [\"python\", \"main.py\"]\n"}, "3.14", "a year old"},
	} {
		files := fstest.MapFS{"moult.toml": {}, "requirements.txt": {}}
		for name, content := range test.files {
			files[name] = &fstest.MapFile{Data: []byte(content)}
		}
		p, _, err := worldtest.Decide(t.Context(), worldtest.Files(files), "moult.toml", project.Options{}, worldtest.World{})
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if p.Chosen.Minor != test.want || !strings.Contains(p.Chosen.Reason, test.why) {
			t.Errorf("%s: Python %s, %s", test.name, p.Chosen.Minor, p.Chosen.Reason)
		}
	}
}

func TestRequiresPythonCountsMoreThanTheSources(t *testing.T) {
	p, _, err := worldtest.Decide(t.Context(), worldtest.Files(fstest.MapFS{
		"pyproject.toml": {Data: []byte("[project]\nname = \"shop\"\nversion = \"1\"\nrequires-python = \">=3.13\"\n")},
		"main.py":        {Data: []byte("import cgi\nif __name__ == \"__main__\":\n    print(cgi)\n")},
	}), "pyproject.toml", project.Options{}, worldtest.World{})
	if err != nil || p.Chosen.Minor != "3.14" {
		t.Errorf("Python %s, %s, %v", p.Chosen.Minor, p.Chosen.Reason, err)
	}
}

func TestALogThatTheProgramWritesIsLeftOutOfTheImage(t *testing.T) {
	const program = "import logging\nimport shop.web\nif __name__ == \"__main__\":\n    logging.basicConfig(filename=\"run.log\")\n"
	for _, test := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"written", map[string]string{"main.py": program, "run.log": "old\n", "access.log": "data\n"}, "run.log"},
		{"not there", map[string]string{"main.py": program}, ""},
		{"written by another source", map[string]string{"main.py": program, "shop/web.py": "import logging\nh = logging.FileHandler('logs/web.log')\n", "logs/web.log": "old\n"}, "logs/web.log"},
		{"written by what is not started", map[string]string{"main.py": program, "old.py": "import logging\nh = logging.FileHandler('old.log')\n", "old.log": "old\n"}, ""},
		{"the build file names what is copied", map[string]string{"main.py": program, "run.log": "old\n", "moult.toml": "python = \"3.13\"\napp.include = [\"*.py\", \"*.log\"]\n"}, ""},
	} {
		files := fstest.MapFS{"moult.toml": {Data: []byte("python = \"3.13\"\n")}, "requirements.txt": {}}
		for name, content := range test.files {
			files[name] = &fstest.MapFile{Data: []byte(content)}
		}
		p, d, err := worldtest.Decide(t.Context(), worldtest.Files(files), "moult.toml", project.Options{}, worldtest.World{})
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if got := strings.Join(p.WrittenLogs, " "); got != test.want {
			t.Errorf("%s: left out are %q", test.name, got)
		}
		if test.want != "" && (!strings.Contains(p.Command.Reason, test.want) || !slices.Contains(d.Plan.App.Exclude, test.want)) {
			t.Errorf("%s: %s, %q", test.name, p.Command.Reason, d.Plan.App.Exclude)
		}
	}
}

func TestTheLocaleThatTheProgramSetsIsInTheImage(t *testing.T) {
	for source, want := range map[string]string{
		"import locale\nlocale.setlocale(locale.LC_TIME, \"ru_RU.UTF-8\")\n":                           "locales-all",
		"import locale\nlocale.setlocale(locale.LC_TIME, \"Russian_Russia.1251\")\n":                   "",
		"import locale\ntry:\n    locale.setlocale(0, \"ru_RU.UTF-8\")\nexcept Exception:\n    pass\n": "",
	} {
		_, d, err := worldtest.Decide(t.Context(), worldtest.Files(fstest.MapFS{
			"moult.toml": {Data: []byte("python = \"3.13\"\n")}, "requirements.txt": {}, "main.py": {Data: []byte(source + "if __name__ == \"__main__\":\n    print()\n")},
		}), "moult.toml", project.Options{}, worldtest.World{})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if d.Plan.System != nil {
			got = strings.Join(d.Plan.System.Packages, " ")
		}
		if got != want {
			t.Errorf("%q: %q, want %q", source, got, want)
		}
	}
}
