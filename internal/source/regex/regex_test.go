package regex

import "testing"

func TestAnExpressionIsCompiledWhenATestStarts(t *testing.T) {
	if !New(`^a+$`).MatchString("aaa") || New(`^a+$`).MatchString("ab") {
		t.Error("the expression matches something else")
	}
	defer func() {
		if recover() == nil {
			t.Error("a wrong expression is not noticed")
		}
	}()
	New(`(`)
}
