package confine

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

// TestMain is also the program that a test runs without the network.
func TestMain(m *testing.M) {
	if os.Getenv("CONFINED_TEST") == "" {
		os.Exit(m.Run())
	}
	for name, test := range map[string]struct {
		family int
		want   error
	}{
		"local":   {unix.AF_UNIX, nil},
		"IPv4":    {unix.AF_INET, unix.ENETUNREACH},
		"IPv6":    {unix.AF_INET6, unix.ENETUNREACH},
		"netlink": {unix.AF_NETLINK, unix.ENETUNREACH},
		"vsock":   {unix.AF_VSOCK, unix.ENETUNREACH},
		"packet":  {unix.AF_PACKET, unix.ENETUNREACH},
	} {
		if _, err := unix.Socket(test.family, unix.SOCK_DGRAM, 0); !errors.Is(err, test.want) {
			fmt.Printf("%s: %v\n", name, err)
			os.Exit(1)
		}
	}
	if _, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0); err != nil {
		fmt.Println("a pair of sockets:", err)
		os.Exit(1)
	}
	if _, _, errno := unix.Syscall(unix.SYS_IO_URING_SETUP, 1, 0, 0); errno != unix.ENOSYS {
		fmt.Println("io_uring:", errno)
		os.Exit(1)
	}
	os.Exit(0)
}

func TestAProgramWithoutTheNetworkHasLocalSocketsOnly(t *testing.T) {
	type result struct {
		out []byte
		err error
	}
	done := make(chan result)
	go func() {
		runtime.LockOSThread()
		if err := withoutNetwork(); err != nil {
			done <- result{nil, err}
			return
		}
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "CONFINED_TEST=1")
		out, err := cmd.CombinedOutput()
		done <- result{out, err}
	}()
	if r := <-done; r.err != nil {
		t.Errorf("%v: %s", r.err, r.out)
	}
}

func TestABackendGetsNoVariableThatAPasswordCanBeIn(t *testing.T) {
	got := environment([]string{
		"PATH=/bin", "PIP_INDEX_URL=https://u:p@h/", "PIP_EXTRA_INDEX_URL=x", "GIT_CONFIG_VALUE_0=x", "SSH_AUTH_SOCK=/x", "NETRC=/x",
		"https_proxy=http://u:p@proxy", "HTTP_PROXY=x", "ALL_PROXY=x", "MOULT_PIP={}", "PYTHONPATH=/x", "PEP517_BUILD_BACKEND=x", "SSL_CERT_FILE=/x",
	})
	if want := []string{"PATH=/bin", "PYTHONPATH=/x", "PEP517_BUILD_BACKEND=x", "SSL_CERT_FILE=/x"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
