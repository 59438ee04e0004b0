package lock_test

import (
	"fmt"
	"testing"

	"github.com/moult-build/moult/internal/lock"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
)

func TestWhatIsNoCategoryOfPackagesInALockOfPipenvIsIgnored(t *testing.T) {
	const six = `{"six": {"hashes": ["sha256:%064d"], "version": "==1.17.0"}}`
	content := fmt.Sprintf(`{"_meta": {"pipfile-spec": 6}, "default": `+six+`, "docs": `+six+`, "empty": {}, "Transform": "AWS::Serverless-2016-10-31", "Resources": {"Api": {"Type": "AWS"}}, "Outputs": {"Url": "a"}}`, 1, 2)
	l, err := lock.Read(&source.File{Name: "Pipfile.lock", Data: []byte(content)}, lock.Options{})
	if err != nil || len(l.Packages) != 2 || fmt.Sprint(l.Groups) != "[docs empty]" {
		t.Errorf("%+v, %v", l, err)
	}
	for _, wrong := range []string{`"default": "six"`, `"default": {}, "docs": {"six": {"hg": "https://example.com/six"}}`} {
		if _, err := lock.Read(&source.File{Name: "Pipfile.lock", Data: []byte(`{"_meta": {"pipfile-spec": 6}, ` + wrong + `}`)}, lock.Options{}); err == nil {
			t.Errorf("%s was read", wrong)
		}
	}
}

func TestALockOfPipenvForAPythonThatIsTooOldIsForTheOldest(t *testing.T) {
	oldest := project.Releases[0]
	if oldest.X != 3 || oldest.Y != lock.OldestMinor {
		t.Errorf("the oldest release is %s", oldest.Minor)
	}
	for version, want := range map[string]string{"3.6": "", "3.5.2": "", oldest.Minor: "==3.7.*", "3.13.1": "==3.13.*"} {
		content := fmt.Sprintf(`{"_meta": {"pipfile-spec": 6, "requires": {"python_version": %q}}, "default": {}}`, version)
		l, err := lock.Read(&source.File{Name: "Pipfile.lock", Data: []byte(content)}, lock.Options{})
		if err != nil || l.RequiresPython.String() != want {
			t.Errorf("%s: %v, %v", version, l.RequiresPython, err)
		}
	}
}
