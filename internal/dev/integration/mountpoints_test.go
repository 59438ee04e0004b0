package integration

import (
	"testing"
	"time"

	"github.com/moult-build/moult/internal/dev/lab"
)

// The daemon makes /etc/resolv.conf for the step and removes it again, which changes /etc.
func TestAStepGivesTheSameLayersOnABaseWithoutResolvConf(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	dir := project(t, stepping("base = \""+base(t, l, "nameless")+"\"\n"+`[[tool.moult.steps]]
name = "write"
run = ["python", "-c", "open('/srv/written', 'w').close()"]
`))
	var made []string
	for _, name := range []string{"nameless:one", "nameless:two"} {
		img, files := imageOf(t, l, moult(t, dir, "no-cache=runtime"), name)
		made = append(made, layers(img))
		if _, ok := files["/srv/written"]; !ok {
			t.Error("the step has written nothing")
		}
		if etc := files["/etc"]; etc.ModTime.After(time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)) {
			t.Errorf("/etc has the time of the build, %v", etc.ModTime)
		}
		if f, ok := files["/etc/resolv.conf"]; ok {
			t.Errorf("the image has %+v", f)
		}
	}
	if made[0] != made[1] {
		t.Errorf("two runs of the step give\n%s\nand\n%s", made[0], made[1])
	}
}
