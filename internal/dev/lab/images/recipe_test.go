package images

import (
	"slices"
	"testing"
)

func TestEveryTagIsMadeByOneRecipe(t *testing.T) {
	var refs, hashes []string
	for _, r := range All("1.26.8") {
		refs = append(refs, r.Hub()...)
		hashes = append(hashes, r.Hash())
	}
	for _, want := range []string{
		"library/python:3.13", "library/python:3.13-slim", "library/python:3.13-slim-trixie", "library/python:3.11",
		"library/python:3.11-slim-bookworm", "library/golang:1.26", "library/golang:1.26.8", "library/node:20-slim",
	} {
		if !slices.Contains(refs, want) {
			t.Errorf("nothing makes %s", want)
		}
	}
	for _, list := range [][]string{refs, hashes} {
		slices.Sort(list)
		if len(slices.Compact(slices.Clone(list))) != len(list) {
			t.Errorf("something is there twice: %v", list)
		}
	}
}

func TestARecipesHashFollowsItsPackages(t *testing.T) {
	r := All("1.26.8")[0]
	before := r.Hash()
	if before != All("1.26.8")[0].Hash() {
		t.Error("it changes by itself")
	}
	r.Include = append([]string{"one-more"}, r.Include...)
	if r.Hash() == before {
		t.Error("it does not change")
	}
}

func TestTheImagesOfOnePythonAreItsSlimAndItsFullOne(t *testing.T) {
	list, err := OfPythons("3.13")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, r := range list {
		names = append(names, r.Name)
	}
	if !slices.Equal(names, []string{"python-3.13-slim", "python-3.13-full"}) {
		t.Errorf("%v", names)
	}
	if _, err := OfPythons("3.13", "2.7"); err == nil {
		t.Error("there is an image of Python 2.7")
	}
}

func TestAReleaseWithTwoPythonsGivesEachItsPackages(t *testing.T) {
	list, err := OfPythons(MorePythons()...)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range list {
		if r.Suite != "sid" {
			t.Errorf("%s is of %s", r.Name, r.Suite)
		}
		for _, name := range []string{"python3", "python3.15"} {
			if got, want := slices.Contains(r.Include, name), (name == "python3.15") == (r.Version == "3.15"); got != want {
				t.Errorf("%s has %s: %v", r.Name, name, got)
			}
		}
	}
	if r := All("1.26.8")[0]; slices.Contains(r.Include, "python3.15") {
		t.Error("the list of all images was changed")
	}
}
