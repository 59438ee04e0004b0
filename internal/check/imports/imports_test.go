package imports

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/moult-build/moult/internal/check/modules"
	"github.com/moult-build/moult/internal/dev/racing"
)

// image is an image of Python 3.13 with the application in /app.
func image(command string, files map[string]string, packages ...string) Image {
	all := fstest.MapFS{}
	for name, content := range files {
		all[strings.TrimPrefix(name, "/")] = &fstest.MapFile{Data: []byte(content)}
	}
	tree := NewTree(func(name string) ([]byte, error) { return fs.ReadFile(all, strings.TrimPrefix(name, "/")) }, "/src")
	for name := range files {
		at := name
		if !strings.HasPrefix(name, "/") {
			at = "/app/" + name
		}
		tree.Add(at, name)
	}
	slices.Sort(packages)
	return Image{Python: "3.13", Command: strings.Fields(command), Workdir: "/app", Files: tree, Packaged: []string{"/src"}, Own: []string{"shop"}, Modules: modules.Modules{Names: packages}}
}

func found(t *testing.T, img Image) string {
	t.Helper()
	all, err := Find(img)
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, m := range all {
		text := fmt.Sprintf("%s:%d %s", strings.TrimPrefix(m.File, "/app/"), m.Line, m.Module)
		if m.Presence != "no module of Python" {
			text += " " + string(m.Presence) + " " + m.Since
		}
		if m.Folder != "" {
			text += " in " + m.Folder
		}
		texts = append(texts, strings.TrimSpace(text))
	}
	return strings.Join(texts, "; ")
}

func TestModulesThatAnImageLacks(t *testing.T) {
	type files = map[string]string
	for _, test := range []struct {
		says, command string
		files         files
		packages      []string
		want          string
	}{
		{"all are there", "python main.py", files{"main.py": "import os, json\nimport yaml\nfrom requests.auth import x\nimport a\n", "a.py": "import yaml\n"}, []string{"yaml", "requests"}, ""},
		{"a package that nobody requires", "python main.py", files{"main.py": "import os\nimport yaml\n"}, nil, "main.py:2 yaml"},
		{"in a module of the application", "python main.py", files{"main.py": "from app.core import x\n", "app/__init__.py": "", "app/core.py": "\nimport yaml\n"}, nil, "app/core.py:2 yaml"},
		{"in the package of a module", "python main.py", files{"main.py": "import app.core\n", "app/__init__.py": "import yaml", "app/core.py": ""}, nil, "app/__init__.py:1 yaml"},
		{"in a submodule that is imported from its package", "python main.py", files{"main.py": "from app import core\n", "app/__init__.py": "", "app/core.py": "import yaml"}, nil, "app/core.py:1 yaml"},
		{"a name of the package and no submodule", "python main.py", files{"main.py": "from app import core\n", "app/__init__.py": "core = 1", "app/core.py": "import yaml"}, nil, ""},
		{"in a relative import", "python -m app", files{"app/__init__.py": "", "app/__main__.py": "from .core import x\nfrom . import more", "app/core.py": "from ..x import y\nimport yaml", "app/more.py": "import toml"}, nil, "app/core.py:2 yaml; app/more.py:1 toml"},
		{"once", "python main.py", files{"main.py": "import a\nimport yaml\n", "a.py": "import yaml\n"}, nil, "main.py:2 yaml"},
		{"in what is not imported", "python main.py", files{"main.py": "", "other.py": "import yaml\n"}, nil, ""},
		{"in a function, a condition, a try and a class", "python main.py", files{"main.py": "def f():\n    import a\nif x:\n    import b\ntry:\n    import c\nexcept ImportError:\n    import d\nclass X:\n    import e\nwith y:\n    import f\nif x: import g; import h\n"}, nil, ""},
		{"below the guard of the program", "python main.py", files{"main.py": "import a\nif __name__ == '__main__':\n    import yaml\n    if x:\n        import toml\n", "a.py": "if __name__ == '__main__':\n    import toml\n"}, nil, "main.py:3 yaml"},
		{"after an exit", "python main.py", files{"main.py": "import sys\nsys.exit(0)\nimport yaml\n"}, nil, ""},
		{"for type checkers", "python main.py", files{"main.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import yaml\n"}, nil, ""},
		{"in a text", "python main.py", files{"main.py": "'''\nimport yaml\n'''\n# import toml\n"}, nil, ""},
		{"a module of an older Python", "python main.py", files{"main.py": "import cgi\n"}, nil, "main.py:1 cgi removed from Python 3.13"},
		{"a name of an older Python", "python main.py", files{"main.py": "from collections import Mapping, OrderedDict\n"}, nil, "main.py:1 collections.Mapping removed from Python 3.10"},
		{"a name that a module of the project has", "python main.py", files{"main.py": "from inspect import getargspec\n", "inspect.py": "getargspec = 1\n"}, nil, ""},
		{"a name of a newer Python only where it is there", "python main.py", files{"main.py": "try:\n    from collections import Mapping\nexcept ImportError:\n    pass\n"}, nil, ""},
		{"a module of an older Python that a package has", "python main.py", files{"main.py": "import cgi\n"}, []string{"cgi"}, ""},
		{"a module of Windows", "python main.py", files{"main.py": "import winreg\n"}, nil, "main.py:1 winreg only on Windows"},
		{"a namespace without the part", "python main.py", files{"main.py": "from google.cloud import storage\nimport google.protobuf\n"}, []string{"google/", "google/cloud/", "google/cloud/bigquery", "google/protobuf"}, "main.py:1 google.cloud.storage"},
		{"a namespace of the application", "python main.py", files{"main.py": "import lib.a\nfrom lib import b, c\n", "lib/a.py": "", "lib/b.py": "import yaml"}, nil, "main.py:2 lib.c; lib/b.py:1 yaml"},
		{"a module that the application's package lacks", "python main.py", files{"main.py": "from app.config import x\n", "app/__init__.py": ""}, nil, "main.py:1 app.config"},
		{"a compiled module", "python main.py", files{"main.py": "import fast, app.slow\n", "fast.cpython-313-x86_64-linux-gnu.so": "", "app/__init__.py": "", "app/slow.pyx": ""}, nil, ""},
		{"in a folder that is not searched", "python main.py", files{"main.py": "import lib\n", "src/lib.py": ""}, nil, "main.py:1 lib in /app/src"},
		{"in a package, by the name of another one", "python main.py", files{"main.py": "import yaml\n", "lib/__init__.py": "", "lib/yaml.py": ""}, nil, "main.py:1 yaml"},
		{"in the file that imports it", "python main.py", files{"main.py": "import web.yaml\n", "web/yaml.py": "import yaml"}, nil, "web/yaml.py:1 yaml"},
		{"in a folder of PYTHONPATH", "env PYTHONPATH=src python main.py", files{"main.py": "import lib\n", "src/lib.py": ""}, nil, ""},
		{"in a folder that the program adds", "python main.py", files{"main.py": "import sys\nsys.path.append('src')\nimport lib\nimport yaml\n", "src/lib.py": ""}, nil, "main.py:4 yaml"},
		{"in the folder of a package that the program adds", "python main.py", files{"main.py": "import sys\nsys.path.append('lib')\nimport inner\n", "lib/__init__.py": "", "lib/inner.py": ""}, nil, ""},
		{"in a folder that a module adds later", "python main.py", files{"main.py": "import lib\nimport paths\n", "paths.py": "from sys import path\n", "src/lib.py": ""}, nil, ""},
		{"not in a folder with the name of its package, which the program adds", "python app/main.py", files{"app/main.py": "import sys\nsys.path.insert(0, 'src')\nfrom data.rows import all\nfrom data.gone import more\n", "src/data/rows.py": ""}, nil, "app/main.py:4 data.gone"},
		{"not in the package of a folder that the program adds", "python main.py", files{"main.py": "import sys\nsys.path.insert(0, 'src')\nfrom data.gone import more\n", "src/data/__init__.py": ""}, nil, "main.py:3 data.gone"},
		{"in a folder without __init__.py that the program adds", "python main.py", files{"main.py": "import sys\nsys.path.append('libs')\nimport space.one\nimport yaml\n", "libs/space/one.py": ""}, nil, "main.py:4 yaml"},
		{"a program that makes modules", "python main.py", files{"main.py": "import sys\nsys.modules['yaml'] = 1\nimport yaml\n"}, nil, ""},
		{"a program that makes modules by names from a list", "python main.py", files{"main.py": "import sys\nsys.modules[names[0]] = sys.modules[__name__]\nimport yaml\n"}, nil, ""},
		{"a program that compares modules", "python main.py", files{"main.py": "import sys\nprint(sys.modules[names[0]] == sys.modules[__name__])\nimport yaml\n"}, nil, "main.py:3 yaml"},
		{"a program that reads modules", "python main.py", files{"main.py": "import sys\nprint(sys.modules[__name__])\nimport yaml\n"}, nil, "main.py:3 yaml"},
		{"a program that installs packages", "python main.py", files{"main.py": "import subprocess\nsubprocess.call(['pip', 'install', 'yaml'])\nimport yaml\n"}, nil, ""},
		{"the folder of a program in a subfolder", "python server/main.py", files{"server/main.py": "import lib, top\n", "server/lib.py": "", "top.py": ""}, nil, "server/main.py:1 top in /app"},
		{"a module of a server", "uvicorn app.main:app --port 8000", files{"app/main.py": "import fastapi\nimport yaml\n"}, []string{"fastapi"}, "app/main.py:2 yaml"},
		{"a server's folder", "uvicorn --app-dir src main:app", files{"src/main.py": "import lib\nimport yaml", "src/lib.py": ""}, nil, "src/main.py:2 yaml"},
		{"gunicorn without a name of the application", "gunicorn --bind 0.0.0.0:8000 shop.wsgi", files{"shop/__init__.py": "", "shop/wsgi.py": "import yaml"}, nil, "shop/wsgi.py:1 yaml"},
		{"gunicorn with a call", "gunicorn shop:create_app()", files{"shop.py": "import yaml"}, nil, "shop.py:1 yaml"},
		{"gunicorn's workers", "gunicorn -k uvicorn.workers.UvicornWorker shop:app", files{"shop.py": "import yaml"}, nil, "shop.py:1 yaml"},
		{"a configuration of gunicorn that may add folders", "gunicorn -c conf.py shop:app", files{"conf.py": "", "src/shop.py": "import yaml"}, nil, ""},
		{"folders of gunicorn", "gunicorn --pythonpath lib,src shop:app", files{"src/shop.py": "import one\nimport yaml", "lib/one.py": ""}, nil, "src/shop.py:2 yaml"},
		{"Celery's application in a package", "celery -A shop.app worker", files{"shop/__init__.py": "import yaml\napp = 1\n"}, nil, "shop/__init__.py:1 yaml"},
		{"Celery's application in a module", "celery --app=shop.tasks worker", files{"shop/__init__.py": "", "shop/tasks.py": "import yaml"}, nil, "shop/tasks.py:1 yaml"},
		{"no such application of Celery", "celery -A shop worker", files{"main.py": ""}, nil, ":0 shop"},
		{"a program of a folder without __init__.py", "python -m shop", files{"shop/__main__.py": "import yaml\nfrom shop import a\n", "shop/a.py": ""}, nil, "shop/__main__.py:1 yaml"},
		{"a server that is a module", "python -m uvicorn shop:app", files{"shop.py": ""}, nil, ":0 uvicorn"},
		{"no such application", "uvicorn shop:app", files{"main.py": ""}, nil, ":0 shop"},
		{"Django's settings", "gunicorn shop.wsgi", files{"shop/__init__.py": "", "shop/wsgi.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n", "shop/settings.py": "import environ\n"}, nil, "shop/settings.py:1 environ"},
		{"Django's applications", "gunicorn shop.wsgi", files{"shop/__init__.py": "", "shop/wsgi.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n",
			"shop/settings.py": "INSTALLED_APPS = [\n    'django.contrib.admin',\n    'corsheaders',\n    'cart.apps.CartConfig', \"blog\"]\nINSTALLED_APPS += ('rest_framework',)\nif DEBUG:\n    INSTALLED_APPS += ['debug_toolbar']\nINSTALLED_APPS = INSTALLED_APPS + ['other']\n",
			"cart/__init__.py": "", "cart/apps.py": "import environ\n", "blog/__init__.py": "", "blog/models.py": "from taggit.managers import x\n"}, []string{"django"},
			"shop/settings.py:1 corsheaders; shop/settings.py:5 rest_framework; cart/apps.py:1 environ; blog/models.py:1 taggit"},
		{"Flask's program", "flask --app web/app.py run", files{"web/app.py": "import yaml\nimport lib", "web/lib.py": ""}, nil, "web/app.py:1 yaml"},
		{"Streamlit's program", "streamlit run ui/Home.py", files{"ui/Home.py": "import yaml\nimport lib", "ui/lib.py": ""}, nil, "ui/Home.py:1 yaml"},
		{"another program", "redis-server main.py", files{"main.py": "import yaml"}, nil, ""},
		{"code on the command line", "python -c main.py", files{"main.py": "import yaml"}, nil, ""},
		{"options of Python", "python -u -X utf8 main.py", files{"main.py": "import yaml"}, nil, "main.py:1 yaml"},
		{"options of Python with their values in one word", "python -Wignore -Xdev -um main", files{"main.py": "import yaml"}, nil, "main.py:1 yaml"},
		{"an isolated Python", "python -Im main", files{"main.py": "import yaml"}, nil, ""},
		{"a Python without the global lock by its name", "python3.14t main.py", files{"main.py": "import yaml"}, nil, "main.py:1 yaml"},
		{"a module of Python", "python -m http.server", files{"main.py": "import yaml"}, nil, ""},
		{"a folder as a program", "python .", files{"__main__.py": "import yaml"}, nil, "__main__.py:1 yaml"},
		{"the project's own package", "python -m shop", files{"/src/shop/__init__.py": "", "/src/shop/__main__.py": "import yaml\nfrom shop.made import x\n"}, []string{"shop"}, "/src/shop/__main__.py:1 yaml"},
		{"a file beside the package that has the name of another one", "python -m shop", files{"/src/shop/__init__.py": "", "/src/shop/__main__.py": "import celery", "/src/celery.py": "import yaml"}, []string{"celery", "shop"}, ""},
	} {
		t.Run(test.says, func(t *testing.T) {
			if got := found(t, image(test.command, test.files, test.packages...)); got != test.want {
				t.Errorf("found %q, want %q", got, test.want)
			}
		})
	}
}

func TestCommandsOfAShell(t *testing.T) {
	for script, want := range map[string]string{
		"python seed.py && exec python main.py":                "seed.py:1 a; main.py:1 yaml",
		"python main.py --port ${PORT:-8000}":                  "main.py:1 yaml",
		"cd web && python main.py":                             "",
		"python main.py | tee log":                             "",
		"exec gunicorn --bind 0.0.0.0:$PORT main:app":          "main.py:1 yaml",
		"PYTHONPATH=lib python main.py; python nothing.py; ls": "main.py:1 yaml",
		`PYTHONPATH="lib" python 'main.py'`:                    "main.py:1 yaml",
		"PYTHONPATH=$PWD/lib python main.py":                   "",
		"pip3 install yaml && python main.py":                  "",
		"/usr/bin/uv sync; python main.py":                     "",
	} {
		img := image("", map[string]string{"main.py": "import yaml", "seed.py": "import a"})
		img.Command = []string{"sh", "-c", script}
		if got := found(t, img); got != want {
			t.Errorf("%s: %q, want %q", script, got, want)
		}
	}
}

func TestAProgramOfTheProjectsPackage(t *testing.T) {
	img := image("serve", map[string]string{"/src/shop/__init__.py": "", "/src/shop/cli.py": "import yaml\nimport shop.made"}, "shop")
	img.Scripts = map[string]string{"serve": "shop.cli:main"}
	if got := found(t, img); got != "/src/shop/cli.py:1 yaml" {
		t.Errorf("found %q", got)
	}
}

func TestFoldersOfPYTHONPATH(t *testing.T) {
	for value, want := range map[string]string{
		"/app/src": "", "src": "", "/nothing/../app/src": "", "lib:src": "", "": "main.py:1 one in /app/src", "lib": "main.py:1 one in /app/src",
		// The base may have modules there, and a link may point to some.
		"/opt/ros/lib:/app": "", "/app/link": "",
	} {
		img := image("python main.py", map[string]string{"main.py": "import one", "src/one.py": "", "link": ""})
		img.Path = value
		if got := found(t, img); got != want {
			t.Errorf("%q: found %q, want %q", value, got, want)
		}
	}
}

// Each source that is read is a request to the daemon.
func TestTheSourcesNearestToTheProgramAreRead(t *testing.T) {
	files := map[string]string{"main.py": "import near\nimport lib\n", "near.py": "import yaml\n", "lib/far.py": "import toml\n", "else/moved.py": ""}
	many := ""
	for n := range 3 * maxSources {
		name := fmt.Sprintf("one%d", n)
		many += "import lib." + name + "\n"
		files["lib/"+name+".py"] = "import lib.far\nimport moved\n"
	}
	files["lib/__init__.py"] = many
	img := image("python main.py", files)
	tree := img.Files.(*Tree)
	read := map[string]int{}
	inner := tree.read
	tree.read = func(name string) ([]byte, error) { read[name]++; return inner(name) }
	waves := 0
	tree.Ready = func(names []string) error { waves++; return nil }
	// A module in a folder that is not searched is not told of: a source that is not
	// read may add it.
	if got := found(t, img); got != "near.py:1 yaml" {
		t.Errorf("found %q", got)
	}
	if len(read) != maxSources || read["lib/far.py"] != 0 {
		t.Errorf("%d sources are read", len(read))
	}
	for name, n := range read {
		if n != 1 {
			t.Errorf("%s is read %d times", name, n)
		}
	}
	if waves > 5 {
		t.Errorf("they are read one after another: %d times", waves)
	}
}

func TestSourcesAreMadeReadyBeforeTheyAreRead(t *testing.T) {
	img := image("python main.py", map[string]string{
		"main.py": "from a import b\nfrom a import c\n", "a/__init__.py": "from .d import e\nc = 1\n", "a/b.py": "", "a/c.py": "import yaml", "a/d/__init__.py": "", "a/d/e.py": "import toml",
	})
	tree := img.Files.(*Tree)
	ready := map[string]bool{}
	tree.Ready = func(names []string) error {
		for _, name := range names {
			ready[name] = true
		}
		return nil
	}
	inner := tree.read
	tree.read = func(name string) ([]byte, error) {
		if !ready[name] {
			t.Errorf("%s is read alone", name)
		}
		return inner(name)
	}
	if got := found(t, img); got != "a/d/e.py:1 toml" {
		t.Errorf("found %q", got)
	}
}

func TestFilesOfUnknownContentMayBringModules(t *testing.T) {
	for added, want := range map[string]string{
		"/app/static": "main.py:1 yaml", "/app/yaml": "", "/app/yaml.py": "", "/app/": "", "/": "", "/opt/venv/lib/python3.13/site-packages": "", "/srv": "main.py:1 yaml",
	} {
		img := image("python main.py", map[string]string{"main.py": "import yaml"})
		img.Added = []string{added}
		if got := found(t, img); got != want {
			t.Errorf("with %s: %q, want %q", added, got, want)
		}
	}
}

func TestAPackageThatRunsCodeAtTheStartMayBringModules(t *testing.T) {
	img := image("python main.py", map[string]string{"main.py": "import yaml"})
	img.Modules.Unsure = true
	if got := found(t, img); got != "" {
		t.Errorf("found %q", got)
	}
}

func TestLikelyModulesOfPackages(t *testing.T) {
	m := Likely([]string{"flask-cors", "google-cloud-storage", "pyyaml"})
	for module, want := range map[string]bool{"flask_cors": true, "yaml": true, "google.cloud.storage": true, "google.cloud.vision": false, "cv2": false} {
		if got, _ := m.Has(module); got != want {
			t.Errorf("%s: %v in %v", module, got, m.Names)
		}
	}
}

func TestLibrariesThatOpenWindows(t *testing.T) {
	for _, test := range []struct {
		says  string
		files map[string]string
		want  string
	}{
		{"Tk", map[string]string{"main.py": "import os\nimport tkinter as tk\n"}, "main.py:2 tkinter"},
		{"Tk in a module of the application", map[string]string{"main.py": "import window\n", "window.py": "from tkinter import messagebox\n"}, "window.py:1 tkinter"},
		{"Qt's widgets", map[string]string{"main.py": "from PyQt5 import QtCore, QtWidgets\n"}, "main.py:1 PyQt5.QtWidgets"},
		{"Qt without widgets", map[string]string{"main.py": "from PyQt5.QtCore import QObject\n"}, ""},
		{"a game", map[string]string{"main.py": "import pygame\nscreen = pygame.display.set_mode((1, 1))\n"}, "main.py:1 pygame"},
		{"a game that sets to be without a display", map[string]string{"main.py": "import os\nos.environ[\"SDL_VIDEODRIVER\"] = \"dummy\"\nimport pygame\nscreen = pygame.display.set_mode((1, 1))\n"}, ""},
		{"Qt that is set to be without a display", map[string]string{"main.py": "import os\nos.environ.setdefault(\"QT_QPA_PLATFORM\", \"offscreen\")\nfrom PyQt5.QtWidgets import QApplication\n"}, ""},
		{"sounds alone", map[string]string{"main.py": "import pygame\npygame.mixer.init()\n"}, ""},
		{"only where there is a display", map[string]string{"main.py": "try:\n    import tkinter\nexcept ImportError:\n    pass\n"}, ""},
		{"only in a function", map[string]string{"main.py": "def show():\n    import tkinter\n"}, ""},
		{"a file of the project with such a name", map[string]string{"main.py": "import turtle\n", "turtle.py": ""}, ""},
		{"what is not imported", map[string]string{"main.py": "", "desktop.py": "import tkinter\n"}, ""},
	} {
		found, err := Search(image("python main.py", test.files, "PyQt5", "PyQt5.QtCore", "PyQt5.QtWidgets", "pygame"))
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, o := range found.Toolkits {
			got += fmt.Sprintf("%s:%d %s", strings.TrimPrefix(o.File, "/app/"), o.Line, o.Module)
		}
		if got != test.want {
			t.Errorf("%s: got %q, want %q", test.says, got, test.want)
		}
	}
}

func TestManyMissingModulesAreReadInTime(t *testing.T) {
	for _, path := range []string{"", "import sys\nsys.path.append('x')\n"} {
		files := map[string]string{}
		var main strings.Builder
		main.WriteString(path)
		for n := range 3000 {
			files[fmt.Sprintf("d%d/a.py", n)] = ""
			fmt.Fprintf(&main, "import m%d.x.y\n", n)
		}
		files["main.py"] = main.String()
		elapsed := racing.Begin()
		all, err := Find(image("python main.py", files))
		if took := elapsed(); err != nil || len(all) != maxFound || took > 2*time.Second*racing.Slower {
			t.Errorf("it found %d in %s, %v", len(all), took, err)
		}
	}
}
