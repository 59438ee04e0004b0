package index

// Client controls a running index from a test.
type Client struct {
	url string
}

// NewClient returns a client of the index at a URL with no path, e.g. http://127.0.0.1:5002.
func NewClient(url string) *Client { return &Client{url: url} }

// URL is the address of the simple API, for an installer's --index-url.
func (c *Client) URL() string { return c.url + "/simple/" }
