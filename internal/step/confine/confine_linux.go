package confine

import (
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// replace replaces this process by another program.
func replace(name string, args, env []string) error { return unix.Exec(name, args, env) }

// killMine ends all processes of the caller's user.
func killMine() error { return unix.Kill(-1, unix.SIGKILL) }

// Offsets in struct seccomp_data.
const (
	dataNumber = 0
	dataArch   = 4
	dataFamily = 16 // the lower half of the first argument, on little endian
)

// architectures are those that the filter knows. System calls from the number
// otherABI on belong to another ABI of the same processor.
var architectures = map[string]struct{ arch, otherABI uint32 }{
	"amd64": {unix.AUDIT_ARCH_X86_64, 0x40000000},
	"arm64": {unix.AUDIT_ARCH_AARCH64, 0xffffffff},
}

// filter lets a process open local sockets only. io_uring could open others
// without a system call that the filter sees.
func filter() ([]unix.SockFilter, error) {
	a, ok := architectures[runtime.GOARCH]
	if !ok {
		return nil, fmt.Errorf("no filter for %s", runtime.GOARCH)
	}
	load := func(offset uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: offset}
	}
	jump := func(test uint16, k uint32, yes, no uint8) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_K | test, Jt: yes, Jf: no, K: k}
	}
	give := func(k uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: k}
	}
	refuse := func(errno unix.Errno) unix.SockFilter { return give(unix.SECCOMP_RET_ERRNO | uint32(errno)) }
	return []unix.SockFilter{
		load(dataArch),
		jump(unix.BPF_JEQ, a.arch, 0, 7), // another architecture: ENOSYS
		load(dataNumber),
		jump(unix.BPF_JGE, a.otherABI, 5, 0),
		jump(unix.BPF_JEQ, unix.SYS_IO_URING_SETUP, 4, 0),
		jump(unix.BPF_JEQ, unix.SYS_SOCKET, 0, 2), // all others: allowed
		load(dataFamily),
		jump(unix.BPF_JEQ, unix.AF_UNIX, 0, 2),
		give(unix.SECCOMP_RET_ALLOW),
		refuse(unix.ENOSYS),
		refuse(unix.ENETUNREACH),
	}, nil
}

// withoutNetwork removes the network from the calling thread, and from all
// processes that it starts later.
func withoutNetwork() error {
	program, err := filter()
	if err != nil {
		return err
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	f := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	if _, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, uintptr(unsafe.Pointer(&f))); errno != 0 {
		return errno
	}
	return nil
}
