package bench

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// usage is the use of resources of a daemon and its descendants.
type usage struct {
	// CPU seconds, user and system.
	CPU float64
	// Memory is the peak of the memory that is not backed by files, in bytes.
	Memory int64
}

// ticks is the unit of the times in /proc/PID/stat: USER_HZ, which is 100 on every Linux that Go runs on.
const ticks = 100

// watch follows a process and its descendants. The returned function ends this and returns their use of resources.
// Processor time is complete, because a parent's times include those of its ended children. The peak of memory is that
// of four samples a second.
func watch(pid int) func() usage {
	began, _ := tree(pid)
	var peak int64
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(250 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				_, memory := tree(pid)
				peak = max(peak, memory)
			case <-stop:
				return
			}
		}
	})
	return func() usage {
		close(stop)
		wg.Wait()
		ended, memory := tree(pid)
		return usage{CPU: ended - began, Memory: max(peak, memory)}
	}
}

// tree sums up the processor time and the anonymous memory of a process and its descendants.
func tree(root int) (cpu float64, memory int64) {
	entries, _ := filepath.Glob("/proc/[0-9]*/stat")
	type process struct {
		parent int
		cpu    float64
	}
	all := map[int]process{}
	children := map[int][]int{}
	for _, name := range entries {
		data, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		// The name in parentheses may have any characters. After it are the state and numbers.
		end := bytes.LastIndexByte(data, ')')
		if end < 0 {
			continue
		}
		fields := strings.Fields(string(data[end+1:]))
		if len(fields) < 15 {
			continue
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(name)))
		parent, _ := strconv.Atoi(fields[1])
		var sum float64
		// utime, stime, cutime and cstime are the fields 14 to 17.
		for _, field := range fields[11:15] {
			n, _ := strconv.ParseFloat(field, 64)
			sum += n / ticks
		}
		all[pid] = process{parent, sum}
		children[parent] = append(children[parent], pid)
	}
	queue := []int{root}
	for len(queue) > 0 {
		pid := queue[0]
		queue = append(queue[1:], children[pid]...)
		cpu += all[pid].cpu
		memory += anonymous(pid)
	}
	return cpu, memory
}

// anonymous is a process's memory that is not backed by files, in bytes.
func anonymous(pid int) int64 {
	data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, "RssAnon:"); ok {
			kilobytes, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return kilobytes << 10
		}
	}
	return 0
}
