package remote

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"time"

	"github.com/wneessen/go-mail"

	"todo.example/internal/identity"
	"todo.example/remote/internal/httpx"
)

// deliverTo writes sign-in codes and links to w, a line each, for who runs the
// server without a mail relay. The line is part of the contract (design.md §1).
func deliverTo(w io.Writer) func(context.Context, identity.Message) error {
	return func(_ context.Context, m identity.Message) error {
		var err error
		if m.Code != "" {
			_, err = fmt.Fprintf(w, "sign-in code for %s: %s\n", m.To, m.Code)
		} else {
			_, err = fmt.Fprintf(w, "sign-in link for %s: %s\n", m.To, m.Link)
		}
		return err
	}
}

// relay sends sign-in codes and links through a mail relay.
type relay struct {
	client *mail.Client
	from   string
}

const mailTimeout = 15 * time.Second

// newRelay returns the relay that smtp[s]://user:password@host:port?from=address
// names. smtp requires STARTTLS unless the host is on loopback.
func newRelay(raw string) (*relay, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" || (u.Scheme != "smtp" && u.Scheme != "smtps") || u.Query().Get("from") == "" {
		return nil, fmt.Errorf("TODO_SMTP_URL must look like smtp://user:password@host:587?from=todo@example.com")
	}
	options := []mail.Option{mail.WithTimeout(mailTimeout)}
	if p, err := strconv.Atoi(u.Port()); err == nil {
		options = append(options, mail.WithPort(p))
	}
	switch {
	case u.Scheme == "smtps":
		options = append(options, mail.WithSSL())
	case httpx.IsLoopback(u.Hostname()):
		options = append(options, mail.WithTLSPolicy(mail.TLSOpportunistic))
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if password, ok := u.User.Password(); ok {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(u.User.Username()), mail.WithPassword(password))
	}
	client, err := mail.NewClient(u.Hostname(), options...)
	if err != nil {
		return nil, fmt.Errorf("TODO_SMTP_URL: %w", err)
	}
	return &relay{client: client, from: u.Query().Get("from")}, nil
}

func (r *relay) deliver(ctx context.Context, m identity.Message) error {
	msg := mail.NewMsg()
	if err := msg.From(r.from); err != nil {
		return fmt.Errorf("mail sender: %w", err)
	}
	if err := msg.To(m.To); err != nil {
		return fmt.Errorf("mail recipient: %w", err)
	}
	minutes := int(m.ExpiresIn.Minutes())
	if m.Code != "" {
		msg.Subject(m.Code + " is your sign-in code")
		msg.SetBodyString(mail.TypeTextPlain, fmt.Sprintf("Your sign-in code for todo is %s.\n\nIt is good for %d minutes. If you did not ask for it, do nothing.\n", m.Code, minutes))
	} else {
		msg.Subject("Your sign-in link")
		msg.SetBodyString(mail.TypeTextPlain, fmt.Sprintf("Sign in to todo:\n\n%s\n\nThe link is good for %d minutes and works once. If you did not ask for it, do nothing.\n", m.Link, minutes))
	}
	return r.client.DialAndSendWithContext(ctx, msg)
}
