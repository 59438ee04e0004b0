package daemons

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
)

// startEngine runs the lab's own Docker Engine, with its own containerd and bridge. The engine does not manage the
// machine's packet filter, because two engines would remove each other's rules. So the lab adds the one rule that the
// containers need for connections to other machines.
func (l *lab) startEngine(ctx context.Context) error {
	if err := l.makeNetwork(ctx, network{l.state.Bridge, l.state.Subnet}); err != nil {
		return err
	}
	if err := l.clearRuntime(); err != nil {
		return err
	}
	containerd := filepath.Join(l.dir, "containerd.toml")
	text := fmt.Sprintf("version = 2\nroot = %q\nstate = %q\ndisabled_plugins = [\"io.containerd.grpc.v1.cri\"]\n[grpc]\n  address = %q\n[ttrpc]\n  address = %q\n",
		filepath.Join(l.dir, "containerd"), filepath.Join(l.run, "containerd"), l.socket("containerd"), l.socket("containerd")+".ttrpc")
	if err := os.WriteFile(containerd, []byte(text), 0o644); err != nil {
		return err
	}
	if err := l.start(ctx, service{
		name: "containerd", argv: []string{findProgram("containerd"), "--config", containerd}, version: text,
		ready: dials(l.socket("containerd")),
	}); err != nil {
		return err
	}
	config := filepath.Join(l.dir, "dockerd.json")
	settings, err := json.MarshalIndent(map[string]any{
		"data-root":           filepath.Join(l.dir, "engine"),
		"exec-root":           filepath.Join(l.run, "engine"),
		"pidfile":             filepath.Join(l.run, "dockerd.pid"),
		"hosts":               []string{l.state.Docker},
		"containerd":          l.socket("containerd"),
		"bridge":              l.state.Bridge,
		"iptables":            false,
		"ip-masq":             false,
		"registry-mirrors":    []string{"http://" + l.state.Registry},
		"insecure-registries": []string{l.state.Registry},
		"features":            map[string]bool{"buildkit": true},
	}, "", "\t")
	if err != nil {
		return err
	}
	if err := os.WriteFile(config, settings, 0o644); err != nil {
		return err
	}
	below, err := l.readRecord("containerd")
	if err != nil {
		return err
	}
	return l.start(ctx, service{
		name: "dockerd", argv: []string{findProgram("dockerd"), "--config-file", config},
		// An engine does not connect again to a restarted containerd.
		version: fmt.Sprintf("%s\n%d %s", settings, below.PID, below.Started),
		env:     []string{"PATH=" + os.Getenv("PATH") + ":/usr/sbin:/sbin"},
		ready:   dials(l.socket("docker")),
	})
}

// clearRuntime removes the engine's old runtime state after a reboot. In its default folder a reboot would clear it.
func (l *lab) clearRuntime() error {
	for _, name := range []string{"containerd", "dockerd"} {
		if r, err := l.readRecord(name); err == nil && r.alive() {
			return nil
		}
	}
	for _, dir := range []string{filepath.Join(l.run, "containerd"), filepath.Join(l.run, "engine")} {
		if err := unmountBelow(dir); err != nil {
			return err
		}
		mounted, err := mountsBelow(dir)
		if err != nil {
			return err
		}
		if len(mounted) > 0 {
			return fmt.Errorf("still mounted: %v", mounted)
		}
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
	}
	err := os.Remove(filepath.Join(l.run, "dockerd.pid"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// network is the bridge of an engine's containers. subnet is written with the gateway: 10.213.7.1/24.
type network struct{ bridge, subnet string }

// rule returns the packet filter's rule (NAT) with which the containers reach other machines under the machine's
// address.
func (n network) rule(action string) []string {
	_, addresses, err := net.ParseCIDR(n.subnet)
	if err != nil {
		return nil
	}
	return []string{
		"-w", "-t", "nat", action, "POSTROUTING", "-s", addresses.String(), "!", "-o", n.bridge, "-j", "MASQUERADE",
		"-m", "comment", "--comment", "moult lab " + n.bridge,
	}
}

// makeNetwork creates the bridge of the engine's containers, and that rule if the machine supports it. The host can
// always reach a container by its address or by a published port.
func (l *lab) makeNetwork(ctx context.Context, n network) error {
	if _, err := net.InterfaceByName(n.bridge); err != nil {
		if err := l.command(ctx, "network", nil, "ip", "link", "add", n.bridge, "type", "bridge"); err != nil {
			return err
		}
		if err := l.command(ctx, "network", nil, "ip", "addr", "add", n.subnet, "dev", n.bridge); err != nil {
			return err
		}
	}
	if err := l.command(ctx, "network", nil, "ip", "link", "set", n.bridge, "up"); err != nil {
		return err
	}
	iptables := findProgram("iptables")
	if exec.CommandContext(ctx, iptables, n.rule("-C")...).Run() == nil {
		return nil
	}
	if err := l.command(ctx, "network", nil, append([]string{iptables}, n.rule("-A")...)...); err != nil {
		l.say("containers of the engine have no way out: %v", err)
	}
	return nil
}

// removeNetwork removes the bridge and the rule of makeNetwork.
func (l *lab) removeNetwork(ctx context.Context, n network) error {
	if n.bridge == "" {
		return nil
	}
	iptables := findProgram("iptables")
	if iptables != "" && exec.CommandContext(ctx, iptables, n.rule("-C")...).Run() == nil {
		if err := l.command(ctx, "network", nil, append([]string{iptables}, n.rule("-D")...)...); err != nil {
			return err
		}
	}
	if _, err := net.InterfaceByName(n.bridge); err != nil {
		return nil
	}
	return l.command(ctx, "network", nil, "ip", "link", "del", n.bridge)
}
