package confine

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// wheelFolder is a folder in which pip wants a wheel and which the backend must
// not see: since 26.2, pip has wheels built in its cache. The backend writes to
// another folder, and the wheel is copied.
type wheelFolder struct{ backends, pips string }

// redirect changes the folder for the wheel in the file with a call's arguments,
// if pip does not want it below its temporary folder. It returns nil if nothing
// was changed.
func redirect(file, temporary string) (*wheelFolder, error) {
	content, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var call map[string]any
	if err := json.Unmarshal(content, &call); err != nil {
		return nil, fmt.Errorf("the call of a hook: %w", err)
	}
	arguments, _ := call["kwargs"].(map[string]any)
	wanted, ok := arguments["wheel_directory"].(string)
	if !ok {
		return nil, nil
	}
	if rel, err := filepath.Rel(temporary, wanted); err == nil && filepath.IsLocal(rel) {
		return nil, nil
	}
	f := &wheelFolder{pips: wanted}
	if f.backends, err = os.MkdirTemp(temporary, "wheel-"); err != nil {
		return nil, err
	}
	arguments["wheel_directory"] = f.backends
	if content, err = json.Marshal(call); err != nil {
		return nil, err
	}
	return f, os.WriteFile(file, content, 0o644)
}

// deliver copies what the backend has built to where pip wants it. The backend is
// a stranger: only regular files count, and no link is followed.
func (f *wheelFolder) deliver() error {
	entries, err := os.ReadDir(f.backends)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !e.Type().IsRegular() {
			continue
		}
		if err := copyFile(filepath.Join(f.backends, e.Name()), filepath.Join(f.pips, e.Name())); err != nil {
			return err
		}
	}
	return os.RemoveAll(f.backends)
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}
