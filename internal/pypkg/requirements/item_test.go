package requirements

import (
	"fmt"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/source"
)

func TestALineSaysWhatItIs(t *testing.T) {
	kinds := []string{"requirement", "editable", "include", "constraint", "option"}
	for text, want := range map[string]string{
		"a>=1 ; os_name == 'x'":                                "requirement(a>=1 ; os_name == 'x')",
		"a==1 --hash=sha256:x --hash sha256:y":                 "requirement(a==1 --hash=sha256:x --hash=sha256:y)",
		`a -C "k=v w" --config-setting=l=m`:                    "requirement(a --config-settings=k=v w --config-settings=l=m)",
		"a==1 --no-binary a":                                   "requirement(a==1)|option(--no-binary=a)",
		"-e ./x[y] ; os_name == 'z' -C k=v":                    "editable(./x[y] ; os_name == z --config-settings=k=v)",
		`-e "./x ; os_name == 'z'"`:                            "editable(./x ; os_name == 'z')",
		"-r b.txt":                                             "include(b.txt)",
		"-rb.txt -c=d.txt":                                     "include(b.txt)|constraint(d.txt)",
		`--requirement "my file.txt"`:                          "include(my file.txt)",
		"--index-url='https://x.invalid/simple' --pre":         "option(--index-url=https://x.invalid/simple)|option(--pre=)",
		"--pypi-url https://x.invalid -f ./links --no-index":   "option(--index-url=https://x.invalid)|option(--find-links=./links)|option(--no-index=)",
		"--only-final :all: --all-releases a,b":                "option(--only-final=:all:)|option(--all-releases=a,b)",
		"--extra-index https://x.invalid":                      `r.txt:1:1: unknown option "--extra-index"; did you mean "--extra-index-url"?`,
		"a==1 --hsah=sha256:x":                                 `r.txt:1:1: unknown option "--hsah"; did you mean "--hash"?`,
		"a==1 -r b.txt":                                        `r.txt:1:1: unknown option "--requirement"`,
		"--hash=sha256:x":                                      `r.txt:1:1: unknown option "--hash"`,
		"-r":                                                   "r.txt:1:1: --requirement needs a value",
		"--no-binary=":                                         "r.txt:1:1: --no-binary needs a value",
		"--index-url --pre":                                    "r.txt:1:1: --index-url needs a value",
		"a --hash='x":                                          `r.txt:1:1: the options in "a --hash='x" cannot be read: a quote is not closed`,
		"a --config-settings=k='https://me:secret@x.invalid/ ": `r.txt:1:1: the options in "a --config-settings=k='https://x.invalid/" cannot be read: a quote is not closed`,
	} {
		items, err := Read(&source.File{Name: "r.txt", Data: []byte(text)})
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, i := range items {
			if i.Err != nil {
				all = append(all, i.Err.Error())
				continue
			}
			s := kinds[i.Kind] + "("
			if i.Kind == Option {
				s += i.Name + "="
			}
			s += i.Text
			for _, o := range i.Options {
				s += fmt.Sprintf(" %s=%s", o.Name, o.Value)
			}
			all = append(all, s+")")
		}
		if got := strings.Join(all, "|"); got != want {
			t.Errorf("%s:\n%s\n%s", text, got, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, text := range []string{"a==1 --hash=x", "-e ./x ; a -C b=c", "-r x -c y", "--pre 'x", "-", "--", "-x="} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		items, _ := Read(&source.File{Name: "r.txt", Data: data})
		for _, i := range items {
			if !i.Pos.IsValid() || i.Err == nil && i.Kind == Requirement && i.Text == "" {
				t.Fatalf("%+v", i)
			}
		}
	})
}
