package homefiles

import "testing"

func TestFilesInTheHomeFolderBelongToTheProgramThatWroteThem(t *testing.T) {
	for name, want := range map[string]string{
		".cache/huggingface/hub/models--x/blob": ".cache/huggingface", "nltk_data/corpora/x.zip": "nltk_data", ".cache/ms-playwright/chromium/chrome": ".cache/ms-playwright",
		".EasyOCR/model/craft.pth": ".EasyOCR", ".cache/koala/m": ".cache/koala", ".local/share/spam/x": ".local/share/spam", "file": "file", "data/a/b": "data",
		"work/nltk_data/x": "work/nltk_data", ".cache/pip/http/1": "", ".npm/_cacache/x": "", ".config/matplotlib/x": "", ".bash_history": "", ".cache/pipe/x": ".cache/pipe",
	} {
		if got := Group(name); got != want {
			t.Errorf("%s counts for %q, want %q", name, got, want)
		}
	}
}
