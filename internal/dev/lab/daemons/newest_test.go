package daemons

import (
	"testing"

	gotoml "github.com/pelletier/go-toml/v2"
)

func TestTheEngineWithContainerdsWorkerHasNoOther(t *testing.T) {
	var config struct {
		Worker struct {
			OCI        struct{ Enabled bool }
			Containerd struct {
				Enabled bool
				Address string
			}
		}
	}
	if err := gotoml.Unmarshal([]byte(containerdConfig("127.0.0.1:5000", "/run/containerd.sock")), &config); err != nil {
		t.Fatal(err)
	}
	if w := config.Worker; w.OCI.Enabled || !w.Containerd.Enabled || w.Containerd.Address != "/run/containerd.sock" {
		t.Errorf("the workers are %+v", w)
	}
}
