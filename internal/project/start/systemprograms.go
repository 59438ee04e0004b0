package start

import (
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source/regex"
)

// systemPrograms are Debian packages that Debian 12 and 13 have by these names, with the
// programs of each that a Python program calls, and the requirements that call them. What
// compiles is not among them, nor what a Dockerfile itself downloads with.
var systemPrograms = []struct {
	debian       string
	programs     []string
	requirements []string
}{
	{"antiword", []string{"antiword"}, nil},
	{"default-mysql-client", []string{"mysql", "mysqldump"}, nil},
	{"espeak-ng", []string{"espeak-ng"}, []string{"pyttsx3"}},
	{"ffmpeg", []string{"ffmpeg", "ffprobe"}, []string{"discord-py", "disnake", "librosa", "moviepy", "nextcord", "py-cord", "whisperx", "yt-dlp"}},
	{"ghostscript", []string{"gs"}, []string{"camelot-py", "ocrmypdf"}},
	{"git", []string{"git"}, []string{"dvc", "pre-commit"}},
	{"graphviz", []string{"dot"}, []string{"pydot"}},
	{"imagemagick", []string{"convert", "mogrify", "identify"}, nil},
	{"iputils-ping", []string{"ping"}, nil},
	{"libimage-exiftool-perl", []string{"exiftool"}, []string{"pyexiftool"}},
	{"libreoffice", []string{"libreoffice", "soffice"}, nil},
	{"nmap", []string{"nmap"}, []string{"python-nmap", "python3-nmap"}},
	{"openssh-client", []string{"ssh", "scp", "ssh-keygen", "sftp"}, nil},
	{"pandoc", []string{"pandoc"}, []string{"nbconvert", "pypandoc"}},
	{"poppler-utils", []string{"pdftotext", "pdftoppm", "pdfinfo", "pdfimages", "pdftocairo", "pdftohtml"}, []string{"unstructured"}},
	{"postgresql-client", []string{"psql", "pg_dump", "pg_restore"}, nil},
	{"redis-tools", []string{"redis-cli"}, nil},
	{"rsync", []string{"rsync"}, nil},
	{"sox", []string{"sox"}, []string{"sox"}},
	{"tesseract-ocr", []string{"tesseract"}, []string{"ocrmypdf", "tesserocr", "unstructured"}},
	{"traceroute", []string{"traceroute"}, nil},
	{"unzip", []string{"unzip"}, nil},
	{"whois", []string{"whois"}, nil},
	{"zip", []string{"zip"}, nil},
}

var (
	// aptInstall matches the command that installs Debian packages, with their names.
	aptInstall = regex.New(`\bapt(?:-get)?\s(?:[^\n;&|]*\s)?install\s([^\n;&|]*)`)
	// startsPrograms matches what of Python's library starts other programs, or looks for them.
	startsPrograms = regex.New(`\bsubprocess\b|\bos\.(?:system|popen|exec|spawn)|\bcreate_subprocess_|\bshutil\.which\b|\bwhich\(`)
)

// withPrograms adds the programs that the Dockerfile installs in the stage that runs, and
// that a requirement or a source of the project calls: that one was written to run with
// them.
func (f *finder) withPrograms(c project.Command, stage stageCommand) (project.Command, error) {
	sources, err := f.sources()
	if err != nil {
		return c, err
	}
	installed := stage.installs()
	for _, p := range systemPrograms {
		if !slices.Contains(installed, p.debian) {
			continue
		}
		if n := slices.IndexFunc(p.requirements, f.in.Has); n >= 0 {
			c.Programs = append(c.Programs, project.SystemProgram{Package: p.debian, For: p.requirements[n]})
			continue
		}
		if by := f.calling(sources, p.programs); by != "" {
			c.Programs = append(c.Programs, project.SystemProgram{Package: p.debian, For: by})
		}
	}
	return c, nil
}

// installs are the Debian packages that a stage installs, without their versions.
func (s stageCommand) installs() (names []string) {
	for _, found := range aptInstall.FindAllStringSubmatch(s.run, -1) {
		for _, word := range strings.Fields(found[1]) {
			name, _, _ := strings.Cut(word, "=")
			names = append(names, name)
		}
	}
	return names
}

// calling is the source of the project that starts one of some programs; "" if none does.
func (f *finder) calling(sources []Source, programs []string) string {
	for n, s := range sources {
		if s.Size > maxSize || n >= maxRead {
			continue
		}
		content := f.evidenceAt(s.Name)
		if !startsPrograms.MatchString(content) {
			continue
		}
		for _, program := range programs {
			for _, quote := range []string{`"`, "'"} {
				if strings.Contains(content, quote+program+quote) || strings.Contains(content, quote+program+" ") {
					return Within(f.dir, s.Name)
				}
			}
		}
	}
	return ""
}
