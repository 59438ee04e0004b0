package workflows

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestEveryWorkflowCanBeRead finds the commands of the project's own workflows,
// and a value for each expression in them.
func TestEveryWorkflowCanBeRead(t *testing.T) {
	jobs, err := Read(filepath.Join("..", "..", "..", ".github", "workflows"))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, job := range jobs {
		for _, step := range job.Steps {
			seen[job.File+" "+job.Name] = true
			text, err := replaced(step.Run, values)
			if err != nil {
				t.Errorf("%s %s: %v", job.File, job.Name, err)
			}
			if strings.Contains(text, "${{") {
				t.Errorf("%s %s: an expression is left in %q", job.File, job.Name, text)
			}
		}
	}
	for _, want := range []string{"test.yml unit", "test.yml docker", "release.yml programs", "site.yml publish"} {
		if !seen[want] {
			t.Errorf("no command of %s was found", want)
		}
	}
}

func TestAStepHasTheEnvironmentOfItsWorkflowJobAndStep(t *testing.T) {
	jobs, err := parse("x.yml", []byte(`
env: {A: workflow, B: workflow, C: workflow}
jobs:
  one:
    env: {B: job, C: job}
    steps:
      - uses: actions/checkout@v4
      - run: echo ${{ github.run_number }}
        env: {C: step}
`))
	if err != nil {
		t.Fatal(err)
	}
	if len(jobs) != 1 || len(jobs[0].Steps) != 1 {
		t.Fatalf("read %+v", jobs)
	}
	step := jobs[0].Steps[0]
	for name, want := range map[string]string{"A": "workflow", "B": "job", "C": "step"} {
		if step.Env[name] != want {
			t.Errorf("%s is %q, not %q", name, step.Env[name], want)
		}
	}
	if _, err := replaced("${{ secrets.TOKEN }}", values); err == nil {
		t.Error("an expression without a value was accepted")
	}
}

// TestAJobEndsAtItsFirstFailure runs a job of a repository that the test makes.
func TestAJobEndsAtItsFirstFailure(t *testing.T) {
	dir := t.TempDir()
	git(t, dir, "init", "-q")
	git(t, dir, "-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-q", "--allow-empty", "-m", "first")
	job := Job{File: "x.yml", Name: "one", Steps: []Step{
		{Run: "git log --format=%s && sudo -E env A=b sh -c 'echo a is $A'"},
		{Run: "false | cat"},
		{Run: "echo not here"},
		{Run: "echo always", If: "always()"},
		{Run: "gh release create", If: "always()"},
		{Run: "echo with a token", If: "always()", Env: map[string]string{"GITHUB_TOKEN": ""}},
	}}
	var out strings.Builder
	err := Run(t.Context(), dir, job, &out)
	if err == nil || !strings.Contains(err.Error(), "false | cat") {
		t.Errorf("the error is %v", err)
	}
	for _, want := range []string{"first\n", "a is b\n", "always\n", "because it talks to GitHub: gh release create", "because it talks to GitHub: echo with a token"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "not here") {
		t.Errorf("a step ran after a failure:\n%s", out.String())
	}
}

func git(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}
