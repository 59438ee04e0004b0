package plan

import (
	"reflect"
	"testing"
)

func TestAnImagesConfigurationIsTheBasesWithItsOwn(t *testing.T) {
	base := Config{
		Env: []string{"PATH=/usr/bin", "A=base", "B=base"}, User: "7", WorkingDir: "/base",
		Entrypoint: []string{"/base-entry"}, Cmd: []string{"python3"}, Expose: []string{"9/tcp"}, Volumes: []string{"/vol"},
		Labels: []Variable{{"b", "base"}, {"c", "base"}}, StopSignal: "SIGINT", Healthcheck: &Healthcheck{Test: []string{"NONE"}},
		Shell: []string{"/bin/sh"}, OnBuild: []string{"RUN x"}, ArgsEscaped: true,
	}
	for says, test := range map[string]struct{ own func(*Image, *Config) }{
		"nothing of its own drops the base's user, folder and command": {},
		"a command": {own: func(i *Image, c *Config) {
			i.Cmd, c.Cmd = []string{"a"}, []string{"a"}
			i.User, c.User, i.WorkingDir, c.WorkingDir = "1", "1", "/app", "/app"
		}},
		"variables": {own: func(i *Image, c *Config) {
			i.Env = []Variable{{"A", "own"}, {"Z", "own"}}
			c.Env = []string{"PATH=/opt/venv/bin:/usr/bin", "A=own", "B=base", "Z=own"}
		}},
		"ports, volumes and labels": {own: func(i *Image, c *Config) {
			i.Expose, c.Expose = []string{"8/tcp", "9/tcp"}, []string{"8/tcp", "9/tcp"}
			i.Volumes, c.Volumes = []string{"/a"}, []string{"/a", "/vol"}
			i.Labels, c.Labels = []Variable{{"b", "own"}, {"a", "own"}}, []Variable{{"a", "own"}, {"b", "own"}, {"c", "base"}}
		}},
		"signal and health": {own: func(i *Image, c *Config) {
			i.StopSignal, c.StopSignal = "SIGTERM", "SIGTERM"
			i.Healthcheck = &Healthcheck{Test: []string{"CMD", "x"}}
			c.Healthcheck = i.Healthcheck
		}},
	} {
		var own Image
		want := base
		want.Env = []string{"PATH=/opt/venv/bin:/usr/bin", "A=base", "B=base"}
		want.User, want.WorkingDir, want.Entrypoint, want.Cmd = "", "", nil, nil
		if test.own != nil {
			test.own(&own, &want)
		}
		if got := base.With(own); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, want %+v", says, got, want)
		}
	}
	if base.Env[1] != "A=base" {
		t.Error("the base's own environment was changed")
	}
}
