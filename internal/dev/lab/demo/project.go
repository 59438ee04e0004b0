package demo

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// project is what the demo builds.
type project struct {
	name string
	// code is the file for the change of the code.
	code string
	// change describes the change of a dependency.
	change string
	// sources are folders of the checkout that are copied over each other to make the project. upgrade is the folder that
	// changes a dependency.
	sources []string
	upgrade string
	// question returns the path and the body of the request to the running image.
	question func(ctx context.Context, base string) (path string, body []byte, err error)
}

// choose returns the example, or the lab's own project if the public index cannot be reached.
func (d *demo) choose() project {
	if d.PublicIndex {
		return project{
			name: "examples/digits-api", code: "digits/app.py", change: "click 8.3.0 to 8.5.1, by uv.lock",
			sources: []string{"examples/digits-api", "bench/digits-api"}, upgrade: "bench/digits-api/variants/upgrade",
			question: func(ctx context.Context, base string) (string, []byte, error) {
				body, err := request(ctx, http.MethodGet, base+"/example?digit=7", nil)
				return "/classify", body, err
			},
		}
	}
	d.say("the public package index cannot be reached from here: the demo goes the same road with the lab's own packages")
	return project{
		name: "lab/demo/convolve", code: "main.py", change: "lab-steps 1.0 to 1.1, in requirements.txt",
		sources: []string{"lab/demo/convolve"}, upgrade: "lab/demo/upgrade",
		question: func(context.Context, string) (string, []byte, error) {
			return "/convolve", []byte(`{"image": [[0, 0, 0], [0, 1, 0], [0, 0, 0]], "kernel": [[1, 2], [3, 4]]}`), nil
		},
	}
}

// write puts the project into a folder, with its files naming the lab's frontend and index.
func (p project) write(d *demo, dir string) error {
	for _, from := range p.sources {
		if err := d.lay(from, dir); err != nil {
			return err
		}
	}
	return nil
}

// lay copies a folder of the checkout over another one. In its build file it replaces the frontend and the index by
// those of the lab.
func (d *demo) lay(from, to string) error {
	root := filepath.Join(d.checkout, from)
	return filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		dest := filepath.Join(to, name)
		if entry.IsDir() {
			if name == "variants" || name == "__pycache__" || name == ".venv" {
				return filepath.SkipDir
			}
			return os.MkdirAll(dest, 0o755)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if name == "pyproject.toml" {
			content = d.localized(content)
		}
		return os.WriteFile(dest, content, 0o644)
	})
}

// localized replaces the frontend and the index in a build file. A build file of the benchmark has no syntax line, so
// one is added.
func (d *demo) localized(content []byte) []byte {
	syntax := "# syntax=" + d.frontend
	if first, rest, _ := bytes.Cut(content, []byte("\n")); bytes.HasPrefix(first, []byte("# syntax=")) {
		content = append([]byte(syntax+"\n"), rest...)
	} else {
		content = append([]byte(syntax+"\n"), content...)
	}
	return bytes.ReplaceAll(content, []byte("http://index.invalid"), []byte(d.Index))
}

// changeCode adds a line to the code, as an editor would.
func (p project) changeCode(dir string) error {
	f, err := os.OpenFile(filepath.Join(dir, p.code), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(f, "\nchanged = True")
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}

func (p project) changeDependency(d *demo, dir string) error { return d.lay(p.upgrade, dir) }

// ask runs the image with a read-only root file system and sends it a request.
func (d *demo) ask(ctx context.Context, p project) error {
	if _, err := d.Docker(ctx, "pull", "--quiet", d.image); err != nil {
		return err
	}
	run := []string{"run", "--detach", "--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", d.image}
	d.print("$ docker " + strings.Join(run, " "))
	id, err := d.Docker(ctx, run...)
	if err != nil {
		return err
	}
	id = strings.TrimSpace(id)
	defer func() { _, _ = d.Docker(context.WithoutCancel(ctx), "rm", "--force", "--volumes", id) }()
	address, err := d.Docker(ctx, "inspect", "--format", "{{.NetworkSettings.IPAddress}}", id)
	if err != nil {
		return err
	}
	base := "http://" + strings.TrimSpace(address) + ":8000"
	if err := d.await(ctx, base, id); err != nil {
		return err
	}
	path, question, err := p.question(ctx, base)
	if err != nil {
		return err
	}
	answer, err := request(ctx, http.MethodPost, base+path, question)
	if err != nil {
		return err
	}
	d.print(fmt.Sprintf("$ curl --data '%s' %s%s\n  %s", shorten(question), base, path, bytes.TrimSpace(answer)))
	return nil
}

// await waits until the container's server answers anything.
func (d *demo) await(ctx context.Context, base, id string) error {
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(30 * time.Millisecond) {
		response, err := http.Get(base + "/health")
		if err == nil {
			return response.Body.Close()
		}
		if time.Now().After(end) || ctx.Err() != nil {
			log, _ := d.Docker(context.WithoutCancel(ctx), "logs", id)
			return fmt.Errorf("the image does not answer: %w\n%s", err, log)
		}
	}
}

// request makes one request, whose answer has to be 200.
func request(ctx context.Context, method, url string, body []byte) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s: %s", url, response.Status, answer)
	}
	return answer, nil
}

func shorten(text []byte) string {
	if len(text) > 60 {
		return string(text[:57]) + "..."
	}
	return string(text)
}
