package bench

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// answer runs an image and waits for its first answer. The time begins before docker run and ends with the answer's
// first bytes. The container's address is looked up at the same time, so the look-up adds nothing unless the server is
// faster.
func (r *runner) answer(ctx context.Context, j job, ref string) (time.Duration, error) {
	began := time.Now()
	out, err := r.lab.Docker(ctx, "run", "--detach", ref)
	if err != nil {
		return 0, err
	}
	id := strings.TrimSpace(out)
	defer func() { _, _ = r.lab.Docker(context.WithoutCancel(ctx), "rm", "--force", "--volumes", id) }()
	address, err := r.lab.Docker(ctx, "inspect", "--format", "{{.NetworkSettings.IPAddress}}", id)
	if err != nil {
		return 0, err
	}
	url := "http://" + strings.TrimSpace(address) + ":8000" + j.app.Probe
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{}}
	for time.Since(began) < 60*time.Second && ctx.Err() == nil {
		response, err := client.Get(url)
		if err == nil {
			took := time.Since(began)
			response.Body.Close()
			if response.StatusCode != http.StatusOK {
				return 0, fmt.Errorf("%s answers %s", j.app.Probe, response.Status)
			}
			return took, nil
		}
		time.Sleep(2 * time.Millisecond)
	}
	log, _ := r.lab.Docker(context.WithoutCancel(ctx), "logs", id)
	return 0, fmt.Errorf("%s does not answer\n%s", url, lastLines(log, 20))
}
