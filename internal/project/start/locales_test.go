package start

import (
	"slices"
	"testing"
)

func TestTheLocalesThatAreSetWheneverASourceIsLoaded(t *testing.T) {
	for _, test := range []struct {
		src        string
		want, main []string
	}{
		{"import locale\nlocale.setlocale(locale.LC_ALL, 'pt_BR.UTF-8')\n", []string{"pt_BR.UTF-8"}, nil},
		{"from locale import setlocale, LC_TIME\nsetlocale(LC_TIME, \"de_DE\")\n", []string{"de_DE"}, nil},
		{"before = locale.setlocale(category=locale.LC_ALL, locale='ru_RU.UTF-8')\n", []string{"ru_RU.UTF-8"}, nil},
		{"if __name__ == '__main__':\n    locale.setlocale(locale.LC_ALL, 'fr_FR')\n    main()\n", nil, []string{"fr_FR"}},
		{"locale.setlocale(locale.LC_ALL, '')\nlocale.setlocale(locale.LC_ALL, 'C')\nlocale.setlocale(locale.LC_ALL, 'C.UTF-8')\n", nil, nil},
		{"try:\n    locale.setlocale(locale.LC_ALL, 'pt_BR.UTF-8')\nexcept locale.Error:\n    pass\n", nil, nil},
		{"def main():\n    locale.setlocale(locale.LC_ALL, 'pt_BR.UTF-8')\n", nil, nil},
		{"if os.name == 'nt': locale.setlocale(locale.LC_ALL, 'pt_BR')\n", nil, nil},
		{"locale.setlocale(locale.LC_ALL, name + 'UTF-8')\nlocale.setlocale(locale.LC_ALL, NAMES['x'])\nlocale.setlocale(locale.LC_ALL)\n", nil, nil},
		{"locale.setlocale(", nil, nil},
		{"setlocale\n", nil, nil},
		{"print(locale.setlocale(locale.LC_ALL, 'it_IT'))\n", []string{"it_IT"}, nil},
		{"set_it = lambda: locale.setlocale(locale.LC_ALL, 'it_IT')\n", nil, nil},
		{"locale.setlocale(category(LC_ALL, 'x'), 'it_IT')\n", nil, nil},
	} {
		l := Load(test.src)
		if got := names(l.Locales); !slices.Equal(got, test.want) {
			t.Errorf("%q sets %q", test.src, got)
		}
		if got := names(l.MainLocales); !slices.Equal(got, test.main) {
			t.Errorf("%q sets %q as a program", test.src, got)
		}
	}
}

func names(all []Locale) (found []string) {
	for _, l := range all {
		found = append(found, l.Name)
	}
	return found
}
