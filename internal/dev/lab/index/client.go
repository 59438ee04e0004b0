package index

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// Client controls a running index, or a scope of it, from a test.
type Client struct {
	url string
}

// NewClient returns a client of the index at a URL with no path, e.g. http://127.0.0.1:5002.
func NewClient(url string) *Client { return &Client{url: strings.TrimRight(url, "/")} }

// Scope returns the same index under a path of its own, with faults, added files and requests of its own. The name
// consists of letters, digits and "-_.".
func (c *Client) Scope(name string) *Client {
	safe := strings.Map(func(r rune) rune {
		if strings.ContainsRune("-_.", r) || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '-'
	}, name)
	return &Client{url: c.url + "/scope/" + safe}
}

// URL is the address of the simple API, for an installer's --index-url or for [[tool.moult.index]].
func (c *Client) URL() string { return c.url + "/simple/" }

// FileURL is the address of one file.
func (c *Client) FileURL(name string) string { return c.url + "/files/" + name }

// Fail sets a fault for a target: a file's name, a project's normalised name, or "*" for everything.
func (c *Client) Fail(target string, f Fault) error {
	body, err := json.Marshal(map[string]Fault{target: f})
	if err != nil {
		return err
	}
	return c.do(http.MethodPut, "faults", body, nil)
}

// Heal clears all faults.
func (c *Client) Heal() error { return c.do(http.MethodDelete, "faults", nil, nil) }

// Add serves one more wheel or sdist, in this scope only.
func (c *Client) Add(name string, content []byte) error {
	return c.do(http.MethodPut, "files/"+name, content, nil)
}

// Requests returns the requests since the start or since Forget, in order.
func (c *Client) Requests() ([]Request, error) {
	var list []Request
	err := c.do(http.MethodGet, "requests", nil, &list)
	return list, err
}

// Forget clears the list of requests.
func (c *Client) Forget() error { return c.do(http.MethodDelete, "requests", nil, nil) }

func (c *Client) do(method, what string, body []byte, into any) error {
	request, err := http.NewRequest(method, c.url+"/lab/"+what, bytes.NewReader(body))
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: %s: %s", method, what, response.Status, bytes.TrimSpace(data))
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(data, into)
}
