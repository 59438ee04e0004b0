package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/moult-build/moult/internal/step/install"
)

// defaultMtime is the time of all files where none is given: the first that a
// zip file can hold, so that what is installed can be zipped again.
const defaultMtime = 315532800 // 1980-01-01T00:00:00Z

// options are the flags of one command. Each command defines those it has.
type options struct {
	*flag.FlagSet
	out         string
	target      install.Target
	interpreter string
	mtime       string
	jobs        int
}

func newOptions(command string) *options {
	o := &options{FlagSet: flag.NewFlagSet(command, flag.ContinueOnError)}
	o.SetOutput(io.Discard)
	o.StringVar(&o.out, "out", "", "")
	o.StringVar(&o.interpreter, "interpreter", "", "")
	o.StringVar(&o.mtime, "mtime", "", "")
	return o
}

// defineTarget adds the flags that say which virtual environment is meant.
func (o *options) defineTarget() {
	o.StringVar(&o.target.Prefix, "prefix", "", "")
	o.StringVar(&o.target.Python, "python", "", "")
}

func (o *options) defineJobs() { o.IntVar(&o.jobs, "jobs", 0, "") }

// parse reads the flags and checks that the required ones were given.
func (o *options) parse(args []string, required ...string) error {
	if err := o.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return errors.New(usage)
		}
		return fmt.Errorf("%s: %w", o.Name(), err)
	}
	for _, name := range required {
		if o.Lookup(name).Value.String() == "" {
			return fmt.Errorf("%s: --%s is required", o.Name(), name)
		}
	}
	return nil
}

// tree opens the output tree with the time for its files: --mtime, else
// SOURCE_DATE_EPOCH, else a constant.
func (o *options) tree() (*install.Tree, error) {
	seconds, from := o.mtime, "--mtime"
	if seconds == "" {
		seconds, from = os.Getenv("SOURCE_DATE_EPOCH"), "SOURCE_DATE_EPOCH"
	}
	epoch := int64(defaultMtime)
	if seconds != "" {
		var err error
		if epoch, err = strconv.ParseInt(seconds, 10, 64); err != nil || epoch < 0 {
			return nil, fmt.Errorf("%s: %q is not a number of seconds since 1970", from, seconds)
		}
	}
	return install.NewTree(o.out, time.Unix(epoch, 0))
}

// list is a flag that may be given several times.
type list []string

func (l *list) String() string { return fmt.Sprint([]string(*l)) }

func (l *list) Set(v string) error {
	*l = append(*l, v)
	return nil
}
