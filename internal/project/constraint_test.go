package project

import "testing"

func TestPoetryConstraintsBecomeSpecifiers(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "*": "", "^1.2.3": ">=1.2.3,<2.0.0", "^1": ">=1,<2", "^0.2.3": ">=0.2.3,<0.3.0", "^0.0.3": ">=0.0.3,<0.0.4", "^0": ">=0,<1", "^0.0": ">=0.0,<0.1",
		"~1.2.3": ">=1.2.3,<1.3.0", "~1.2": ">=1.2,<1.3", "~1": ">=1,<2", "~=1.4": "~=1.4", "1.5": "==1.5", "=1.5": "==1.5", "1.2.*": "==1.2.*", "!=1.5": "!=1.5",
		">=1.0 <2.0": ">=1.0,<2.0", ">= 1.0, < 2.0": ">=1.0,<2.0", "^1 || ^2": ">=1,<3", "^2.0.1+cu118": ">=2.0.1,<3.0.0", "^2.0b1": ">=2.0b1,<3.0",
	} {
		if got, err := poetryConstraint(text); err != nil || got != want {
			t.Errorf("%q: got %q, %v, want %q", text, got, err, want)
		}
	}
	for _, text := range []string{"banana", ">=1.0.<2", "<1 || >2", "^1 || ^5", "^", "~x"} {
		if got, err := poetryConstraint(text); err == nil {
			t.Errorf("%q: got %q", text, got)
		}
	}
}

func TestPoetrysPythonBecomesAMarker(t *testing.T) {
	for text, want := range map[string]string{
		"*": "", "^3.10": `python_version >= "3.10" and python_version < "4.0"`, "<3.12": `python_version < "3.12"`, ">=3.9.2": `python_full_version >= "3.9.2"`,
	} {
		if got, err := pythonMarker(text); err != nil || got != want {
			t.Errorf("%q: got %q, %v", text, got, err)
		}
	}
}
