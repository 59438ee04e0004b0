package start

import (
	"errors"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/project"
)

func TestTheLikeliestOfSeveralFilesIsStarted(t *testing.T) {
	const (
		program   = guard + "print(1)\n"
		streamlit = "import streamlit as st\nst.title(\"x\")\n"
		packaged  = "[build-system]\nrequires = []\n"
	)
	readme := func(lines ...string) string { return "-- README.md --\n" + strings.Join(lines, "\n") + "\n" }
	for _, test := range []struct{ name, files, want string }{
		{"the server and not its client", needs + "]\n-- chat_client.py --\n" + program + "-- chat_server.py --\n" + program, "python chat_server.py"},
		{"the one with the usual name", needs + "]\n-- src/mcp/server.py --\n" + program + "-- src/rag/index.py --\n" + program, "python -m src.mcp.server"},
		{"the one in the folder with the usual name", needs + "\"fastapi\", \"uvicorn\"]\n-- embed/main.py --\n" + fastapi + "-- app/main.py --\n" + fastapi, "uvicorn app.main:app --host 0.0.0.0 --port 8000"},
		{"the one in the folder with the project's name", needs + "\"fastapi\", \"uvicorn\"]\n-- shop/main.py --\n" + fastapi + "-- app/main.py --\n" + fastapi, "uvicorn shop.main:app --host 0.0.0.0 --port 8000"},
		{"the one that the README starts", needs + "]\n-- demo.py --\n" + program + "-- robot.py --\n" + program + readme("```", "$ python3 robot.py --fast", "```", "demo.py is old."), "python robot.py"},
		{"the server, where the README starts what looks for faults", needs + "]\n-- diagnose.py --\n" + program + "-- server.py --\n" + program + readme("```", "# Server won't start?", "python diagnose.py", "```"), "python server.py"},
		{"the one that the README starts as a module", needs + "]\n-- tools/demo.py --\n" + program + "-- tools/robot.py --\n" + program + readme("Run `uv run -m tools.robot`"), "python -m tools.robot"},
		{"the one that the README serves", needs + "\"fastapi\", \"uvicorn\"]\n-- one/main.py --\n" + fastapi + "-- two/main.py --\n" + fastapi + readme("    uvicorn --reload two.main:app"), "uvicorn two.main:app --host 0.0.0.0 --port 8000"},
		{"the one that the README starts in its own folder", needs + "\"fastapi\", \"uvicorn\"]\n-- one/first.py --\n" + fastapi + "-- one/second.py --\n" + fastapi + readme("    cd one", "    python -m uvicorn second:app"), "uvicorn second:app --host 0.0.0.0 --port 8000"},
		{"the one that the Dockerfile starts", needs + "]\n-- demo.py --\n" + program + "-- robot.py --\n" + program + "-- Dockerfile --\nCMD [\"python\", \"-u\", \"robot.py\"]\n", "python robot.py"},
		{"the one that the only stage of a study starts, with its words", needs + "]\n-- src/train.py --\n" + program + "-- src/evaluate.py --\n" + program + "-- dvc.yaml --\nstages:\n  # clean:\n  #   cmd: rm -r models\n  train:\n    cmd: python src/train.py data models/model.pkl\n    deps:\n      - src/train.py\n    params:\n      - cmd: x\n", "python -m src.train data models/model.pkl"},
		{"the one that the Makefile starts, where the README starts both", needs + "]\n-- demo.py --\n" + program + "-- robot.py --\n" + program + readme("python demo.py", "python robot.py") + "-- Makefile --\nrun:\n\tuv run python robot.py\n", "python robot.py"},
		{"the one with the project's name", needs + "]\n-- train.py --\n" + program + "-- Shop.py --\n" + program, "python Shop.py"},
		{"the one with the name in the README's title", "-- moult.toml --\n-- requirements.txt --\nsix\n-- talk.py --\n" + program + "-- mail_robot.py --\n" + program + readme("<img src=a.png>", "", "## 🤖 [Mail Robot](https://mail.example) - answers mail"), "python mail_robot.py"},
		{"the one with the name in the title below a platform's lines", "-- moult.toml --\n-- requirements.txt --\nsix\n-- talk.py --\n" + program + "-- mail_robot.py --\n" + program + readme("---", "title: Talk", "license: mit", "---", "", "# Mail Robot"), "python mail_robot.py"},
		{"the one with the name in a title that is underlined", "-- moult.toml --\n-- requirements.txt --\nsix\n-- talk.py --\n" + program + "-- mail_robot.py --\n" + program + readme("MailRobot", "========="), "python mail_robot.py"},
		{"the one that a script of PDM starts", needs + "]\n[tool.pdm.scripts]\nstart = \"python robot.py --fast\"\n-- demo.py --\n" + program + "-- robot.py --\n" + program, "python robot.py --fast"},
		{"the one that a script of Pipenv starts", "-- moult.toml --\n-- Pipfile --\n[packages]\n[scripts]\nserve = 'python tools/robot.py'\n-- tools/demo.py --\n" + program + "-- tools/robot.py --\n" + program, "python -m tools.robot"},
		{"a program in src, a folder deeper than others", needs + "]\n" + packaged + "-- src/shop/cam/view.py --\n" + program, "python -m shop.cam.view"},
		{"no file that is a test", needs + "]\n-- jobs/mail.py --\n" + program + "-- jobs/test.py --\n" + program, "python -m jobs.mail"},

		{"the web interface among programs", needs + "\"streamlit\"]\n-- tools/train.py --\n" + program + "-- ui/chat.py --\n" + streamlit, "streamlit run ui/chat.py --server.address 0.0.0.0"},
		{"the web interface and not its pages", needs + "\"streamlit\"]\n-- ui/chat.py --\n" + streamlit + "-- pages/more.py --\n" + streamlit, "streamlit run ui/chat.py --server.address 0.0.0.0"},
		{"the web interface that is launched", needs + "\"gradio\"]\n-- src/a/train.py --\n" + program + "-- src/b/show.py --\nimport gradio as gr\ngr.Blocks().launch()\n", "env GRADIO_SERVER_NAME=0.0.0.0 python -m src.b.show"},
		{"the web interface that imports the others", needs + "\"streamlit\"]\n-- sync.py --\n" + program + "-- more.py --\n" + program + "-- ui/menu.py --\n" + streamlit + guard + "show()\n-- ui/sales.py --\nfrom menu import show\n" + streamlit, "streamlit run ui/sales.py --server.address 0.0.0.0"},
		{"the web interface below a file that looks at something with its library", needs + "\"streamlit\"]\n-- debug_menu.py --\n" + streamlit + "-- check.py --\n" + program + "-- ui/sales.py --\n" + streamlit, "streamlit run ui/sales.py --server.address 0.0.0.0"},
		{"no web interface whose library is not installed", needs + "]\n-- tools/main.py --\n" + program + "-- ui/chat.py --\n" + streamlit, "python -m tools.main"},

		{"the only spider", needs + "\"scrapy\"]\n-- scrapy.cfg --\n-- news/spiders/one.py --\nimport scrapy\nclass One(scrapy.Spider):\n    name = \"one\"\n", "scrapy crawl one"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := find(t, test.files)
			if got := strings.Join(c.Cmd, " "); err != nil || got != test.want || !c.Guessed {
				t.Errorf("got  %s (%s), %v\nwant %s", got, c.Reason, err, test.want)
			}
		})
	}
}

func TestWhereNothingTellsTheLikeliestFileItIsAsked(t *testing.T) {
	const program = guard + "print(1)\n"
	for name, files := range map[string]string{
		"two servers and a client":                              needs + "]\n-- a_server.py --\n" + program + "-- b_server.py --\n" + program + "-- client.py --\n" + program,
		"a README that starts both":                             needs + "]\n-- a.py --\n" + program + "-- b.py --\n" + program + "-- README.md --\npython a.py\npython b.py\n",
		"a README that only names it":                           needs + "]\n-- a.py --\n" + program + "-- b.py --\n" + program + "-- README.md --\nSee a.py, and run python xa.py\n",
		"a README that prepares":                                needs + "]\n-- scripts/install_tools.py --\n" + program + "-- robot/fly.py --\n" + program + "-- README.md --\n    python scripts/install_tools.py\n",
		"two web interfaces, though one other program is there": needs + "\"streamlit\"]\n-- rows.py --\nrows = []\n-- convert_rows.py --\n" + program + "-- ui/one.py --\nimport streamlit as st\nst.title(1)\n-- ui/two.py --\nimport streamlit as st\nst.title(1)\n",
		"two stages of a study":                                 needs + "]\n-- src/rows.py --\n" + program + "-- src/model.py --\n" + program + "-- dvc.yaml --\nstages:\n  rows:\n    cmd: python src/rows.py\n  model:\n    cmd: python src/model.py\n",
		"two spiders":                                           needs + "\"scrapy\"]\n-- scrapy.cfg --\n-- n/spiders/a.py --\nclass A(CrawlSpider):\n    name = \"a\"\n-- n/spiders/b.py --\nclass B(CrawlSpider):\n    name = \"b\"\n",
	} {
		if c, err := find(t, files); err == nil || !strings.Contains(err.Error(), "several files can be started") {
			t.Errorf("%s: %v (%s), %v", name, c.Cmd, c.Reason, err)
		}
	}
}

func TestProgramsBesideAPackageAreNamedWithTheKeyThatCopiesThem(t *testing.T) {
	files := tree(needs + "]\n[build-system]\nrequires = []\n-- one.py --\nprint(1)\n-- two.py --\nprint(1)\n-- shop/__init__.py --\n")
	p, err := project.Read(project.FS(files), "pyproject.toml", project.Options{})
	if err != nil {
		t.Fatal(err)
	}
	in := Input{
		Project: p, Files: FS(files), Has: func(string) bool { return false },
		Copied: func(string) bool { return false }, Copyable: func(string) bool { return true },
	}
	if _, err := Command(in); err == nil || err.Error() != `pyproject.toml: there is no command to run, and several files can be started: one.py, two.py; write app.include = ["**"] and cmd = ["python", "one.py"] under [tool.moult]` {
		t.Error(err)
	}
}

func TestAProjectWithNothingToStartHasACauseOfItsOwn(t *testing.T) {
	if _, err := find(t, needs+"]\n-- lib.py --\ndef f(): pass\n"); !errors.Is(err, ErrNothing) {
		t.Error(err)
	}
	if _, err := find(t, needs+"]\n-- a.py --\nprint(1)\n-- b.py --\nprint(1)\n"); err == nil || errors.Is(err, ErrNothing) {
		t.Error(err)
	}
}

func TestTheErrorForSeveralProgramsHasTheLikeliest(t *testing.T) {
	const program = guard + "print(1)\n"
	for _, test := range []struct{ name, files, want string }{
		{"the one that the README starts first", "-- b.py --\n" + program + "-- c.py --\n" + program + "-- a.py --\n" + program + "-- README.md --\n    python c.py\n    python b.py\n", "python c.py"},
		{"one that no other file imports", "-- jobs/rows.py --\n" + program + "-- jobs/view.py --\nfrom . import rows\n" + program + "-- jobs/work.py --\nfrom . import rows\n" + program, "python -m jobs.view"},
		{"one with a usual name", "-- datasets.py --\n" + program + "-- train.py --\n" + program, "python train.py"},
		{"an application", "-- one/first.py --\n" + fastapi + "-- two/second.py --\n" + fastapi, "uvicorn one.first:app --host 0.0.0.0 --port 8000"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := find(t, needs+"\"fastapi\", \"uvicorn\"]\n"+test.files)
			var c *Candidates
			if !errors.As(err, &c) || strings.Join(c.Cmd, " ") != test.want || c.Beside {
				t.Errorf("%v, %+v", err, c)
			}
		})
	}
}

func TestAPackagesOnlyProgramIsNotStartedIfItIsForTheAuthors(t *testing.T) {
	const (
		packaged = needs + "]\n[build-system]\nrequires = []\nbuild-backend = \"setuptools.build_meta\"\n[tool.moult]\napp.include = [\"tools/rows.py\"]\n-- shop/__init__.py --\n"
		tool     = "-- tools/rows.py --\n" + guard + "print(1)\n"
	)
	_, err := find(t, packaged+tool)
	if want := "tools/rows.py is the only file that can be started, and it seems to be for those who work on the project"; err == nil || !strings.Contains(err.Error(), want) {
		t.Error(err)
	}
	if likeliest := new(Candidates); !errors.As(err, &likeliest) {
		t.Errorf("moult init gets no command: %v", err)
	}
	for _, started := range []string{packaged + tool + "-- README.md --\n    python tools/rows.py\n", strings.Replace(packaged, "[build-system]\nrequires = []\nbuild-backend = \"setuptools.build_meta\"\n", "", 1) + tool} {
		if c, err := find(t, started); err != nil || !strings.Contains(strings.Join(c.Cmd, " "), "tools") {
			t.Errorf("%q: %v %v", started, c.Cmd, err)
		}
	}
}

func TestAPackagesOnlyProgramIsNotStartedIfItMakesThePackage(t *testing.T) {
	const (
		packaged = needs + "]\n[build-system]\nrequires = []\nbuild-backend = \"poetry.masonry.api\"\n[tool.moult]\napp.include = [\"create_setup.py\"]\n-- shop/__init__.py --\n"
		setup    = "-- create_setup.py --\nimport os\n" + guard + "print(1)\n"
	)
	_, err := find(t, packaged+setup)
	if err == nil || !strings.Contains(err.Error(), "create_setup.py is the only file that can be started, and it seems to be for") {
		t.Error(err)
	}
	for _, started := range []string{packaged + setup + "-- README.md --\n    python create_setup.py\n", strings.Replace(packaged, "[build-system]\nrequires = []\nbuild-backend = \"poetry.masonry.api\"\n", "", 1) + setup} {
		if c, err := find(t, started); err != nil || strings.Join(c.Cmd, " ") != "python create_setup.py" {
			t.Errorf("%q: %v %v", started, c.Cmd, err)
		}
	}
}
