package check

import (
	"fmt"

	"github.com/moult-build/moult/internal/check/imports"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/pypkg/stdlib"
	"github.com/moult-build/moult/internal/source"
)

// EventLoops is the input of the rule MissingEventLoop: the calls of
// asyncio.get_event_loop at the start of an image's program that no loop precedes.
type EventLoops struct {
	*project.Project
	Loops []imports.Missing
	// File returns the user's file at a path of the image's sources.
	File func(at string) *source.File
}

// Check reports the first of them.
func (in EventLoops) Check() []Finding {
	if len(in.Loops) == 0 {
		return nil
	}
	l := in.Loops[0]
	file := in.File(l.File)
	return []Finding{{
		Rule: MissingEventLoop, Pos: source.Pos{File: file, Line: l.Line, Col: l.Col},
		Msg:  fmt.Sprintf("%s calls asyncio.get_event_loop before there is a loop, which is an error since Python %s, so that the program fails", file.Name, stdlib.WithoutLoop),
		Hint: `start it with asyncio.run, or write python = "3.13"` + in.HintTable(),
	}}
}
