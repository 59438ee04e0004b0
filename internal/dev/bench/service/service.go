// Package service runs the programs that a measurement needs, such as a registry, and waits until they answer.
package service

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// Ends are functions that end what was started. End calls them, the last one first.
type Ends []func() error

// Add adds one.
func (e *Ends) Add(f func() error) { *e = append(*e, f) }

// End calls all of them and returns their errors.
func (e *Ends) End() error {
	var errs []error
	for len(*e) > 0 {
		last := len(*e) - 1
		errs = append(errs, (*e)[last]())
		*e = (*e)[:last]
	}
	return errors.Join(errs...)
}

// Run starts a program with its log in the folder dir, as NAME.log. The program runs until the returned function is called.
func Run(dir, name string, argv, env []string) (*exec.Cmd, func() error, error) {
	log, err := os.Create(filepath.Join(dir, name+".log"))
	if err != nil {
		return nil, nil, err
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Env = append(append(os.Environ(), "PATH="+os.Getenv("PATH")+":/usr/sbin:/sbin"), env...)
	if err := cmd.Start(); err != nil {
		return nil, nil, errors.Join(err, log.Close())
	}
	done := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(done)
	}()
	return cmd, func() error {
		_ = cmd.Process.Signal(os.Interrupt)
		select {
		case <-done:
		case <-time.After(30 * time.Second):
			_ = cmd.Process.Kill()
			<-done
		}
		return log.Close()
	}, nil
}

// FreeAddress returns the address of a free port of the loopback, host:port.
func FreeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}

// Eventually waits for a service, up to a limit.
func Eventually(ctx context.Context, limit time.Duration, what string, ready func() error) error {
	var err error
	for end := time.Now().Add(limit); time.Now().Before(end) && ctx.Err() == nil; time.Sleep(20 * time.Millisecond) {
		if err = ready(); err == nil {
			return nil
		}
	}
	return fmt.Errorf("%s does not answer: %w", what, errors.Join(err, ctx.Err()))
}
