package mcpserver_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// What the conformance suite expects to find on a server that it tests. Each
// scenario calls these by name; the names and answers are the suite's.

// A 1×1 PNG and a silent WAV of one sample.
var (
	pixel   = mustDecode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==")
	silence = mustDecode("UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQIAAACAgA==")
)

func mustDecode(s string) []byte {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

// fixtures adds all of it to a Server of ours.
func fixtures(o *mcp.ServerOptions) func(*mcp.Server) {
	o.Capabilities.Logging = &mcp.LoggingCapabilities{}
	o.Capabilities.Tools.ListChanged = true
	complete, subscribe := o.CompletionHandler, o.SubscribeHandler
	o.CompletionHandler = func(ctx context.Context, r *mcp.CompleteRequest) (*mcp.CompleteResult, error) {
		if r.Params.Ref.Type == "ref/prompt" {
			return &mcp.CompleteResult{Completion: mcp.CompletionResultDetails{Values: []string{"paris", "park"}, Total: 2}}, nil
		}
		return complete(ctx, r)
	}
	o.SubscribeHandler = func(ctx context.Context, r *mcp.SubscribeRequest) error {
		if strings.HasPrefix(r.Params.URI, "test://") {
			return nil
		}
		return subscribe(ctx, r)
	}
	return func(s *mcp.Server) {
		addContentTools(s)
		addSessionTools(s)
		addChangeTools(s)
		addInputTools(s)
		addTestResources(s)
		addTestPrompts(s)
	}
}

func addTool(s *mcp.Server, name, schema string, h mcp.ToolHandler) {
	if schema == "" {
		schema = `{"type":"object"}`
	}
	s.AddTool(&mcp.Tool{Name: name, Description: "For the conformance suite.", InputSchema: json.RawMessage(schema)}, h)
}

func say(text string) *mcp.CallToolResult { return show(&mcp.TextContent{Text: text}) }

func show(c ...mcp.Content) *mcp.CallToolResult { return &mcp.CallToolResult{Content: c} }

func embedded() *mcp.EmbeddedResource {
	return &mcp.EmbeddedResource{Resource: &mcp.ResourceContents{URI: "test://embedded-resource", MIMEType: "text/plain", Text: "embedded"}}
}

const addressSchema = `{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object",
	"$defs":{"address":{"$anchor":"addressDef","type":"object","properties":{"street":{"type":"string"},"city":{"type":"string"}}}},
	"properties":{"name":{"type":"string"},"address":{"$ref":"#/$defs/address"},"contactMethod":{"type":"string","enum":["phone","email"]},"phone":{"type":"string"},"email":{"type":"string"}},
	"allOf":[{"anyOf":[{"required":["phone"]},{"required":["email"]}]}],
	"if":{"properties":{"contactMethod":{"const":"phone"}},"required":["contactMethod"]},"then":{"required":["phone"]},"else":{"required":["email"]},
	"additionalProperties":false}`

func addContentTools(s *mcp.Server) {
	text := &mcp.TextContent{Text: "This is a simple text response for testing."}
	image := &mcp.ImageContent{Data: pixel, MIMEType: "image/png"}
	for name, result := range map[string]*mcp.CallToolResult{
		"test_simple_text":            show(text),
		"test_image_content":          show(image),
		"test_audio_content":          show(&mcp.AudioContent{Data: silence, MIMEType: "audio/wav"}),
		"test_embedded_resource":      show(embedded()),
		"test_multiple_content_types": show(text, image, embedded()),
		"test_error_handling":         {Content: []mcp.Content{&mcp.TextContent{Text: "This tool intentionally returns an error for testing"}}, IsError: true},
	} {
		addTool(s, name, "", func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) { r := *result; return &r, nil })
	}
	echo := func(_ context.Context, r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return say(string(r.Params.Arguments)), nil
	}
	addTool(s, "json_schema_2020_12_tool", addressSchema, echo)
	addTool(s, "test_x_mcp_header", `{"type":"object","properties":{"region":{"type":"string","x-mcp-header":"Region"},"level":{"type":"integer"}}}`, echo)
}

// addSessionTools adds tools that talk back while they are called.
func addSessionTools(s *mcp.Server) {
	log := func(ctx context.Context, r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		for i := range 3 {
			if err := r.Session.Log(ctx, &mcp.LoggingMessageParams{Level: "info", Data: fmt.Sprintf("message %d", i)}); err != nil {
				return nil, err
			}
		}
		return say("logged"), nil
	}
	addTool(s, "test_tool_with_logging", "", log)
	addTool(s, "test_logging_tool", "", log)
	progress := func(ctx context.Context, r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		for _, done := range []float64{0, 50, 100} {
			p := &mcp.ProgressNotificationParams{ProgressToken: r.Params.GetProgressToken(), Progress: done, Total: 100}
			if err := r.Session.NotifyProgress(ctx, p); err != nil {
				return nil, err
			}
		}
		return say("done"), nil
	}
	addTool(s, "test_tool_with_progress", "", progress)
	addTool(s, "test_streaming_elicitation", "", func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return say("nothing but a result"), nil
	})
	addTool(s, "test_sampling", "", func(ctx context.Context, r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		reply, err := r.Session.CreateMessage(ctx, sampling("hello"))
		if err != nil {
			return nil, err
		}
		return say("LLM response: " + reply.Content.(*mcp.TextContent).Text), nil
	})
	addTool(s, "test_reconnection", "", func(_ context.Context, r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		r.Extra.CloseSSEStream(mcp.CloseSSEStreamArgs{RetryAfter: 10 * time.Millisecond})
		return say("reconnected"), nil
	})
	for name, properties := range map[string]string{
		"test_elicitation": `"username":{"type":"string"},"email":{"type":"string"}`,
		"test_elicitation_sep1034_defaults": `"name":{"type":"string","default":"John Doe"},"age":{"type":"integer","default":30},"score":{"type":"number","default":95.5},` +
			`"status":{"type":"string","enum":["active","inactive","pending"],"default":"active"},"verified":{"type":"boolean","default":true}`,
		"test_elicitation_sep1330_enums": `"untitledSingle":{"type":"string","enum":["option1","option2","option3"]},` +
			`"titledSingle":{"type":"string","oneOf":[{"const":"value1","title":"First Option"},{"const":"value2","title":"Second Option"},{"const":"value3","title":"Third Option"}]},` +
			`"legacyEnum":{"type":"string","enum":["opt1","opt2","opt3"],"enumNames":["Option One","Option Two","Option Three"]},` +
			`"untitledMulti":{"type":"array","items":{"type":"string","enum":["option1","option2","option3"]}},` +
			`"titledMulti":{"type":"array","items":{"anyOf":[{"const":"value1","title":"First Choice"},{"const":"value2","title":"Second Choice"},{"const":"value3","title":"Third Choice"}]}}`,
	} {
		addTool(s, name, "", func(ctx context.Context, r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			reply, err := r.Session.Elicit(ctx, &mcp.ElicitParams{Message: "for a test", RequestedSchema: json.RawMessage(`{"type":"object","properties":{` + properties + `}}`)})
			if err != nil {
				return nil, err
			}
			return say(fmt.Sprintf("User response: action=%s content=%v", reply.Action, reply.Content)), nil
		})
	}
}

// addChangeTools adds tools that change what there is, or miss a capability.
func addChangeTools(s *mcp.Server) {
	nothing := func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) { return say("nothing"), nil }
	addTool(s, "test_trigger_tool_change", "", func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		addTool(s, "test_added_tool", "", nothing)
		return say("changed"), nil
	})
	addTool(s, "test_trigger_prompt_change", "", func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		addPrompt(s, "test_added_prompt", nil, &mcp.TextContent{Text: "added"})
		return say("changed"), nil
	})
	addTool(s, "test_missing_capability", "", func(_ context.Context, r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		if caps := r.ClientCapabilities(); caps != nil && caps.Sampling != nil {
			return say("the capability is there"), nil
		}
		return nil, &jsonrpc.Error{Code: mcp.CodeMissingRequiredClientCapabilities, Message: "sampling is required", Data: json.RawMessage(`{"requiredCapabilities":{"sampling":{}}}`)}
	})
}

// Input that a tool or prompt asks the client for (MCP 2026-07-28, multi round-trip).

func elicit(member, kind string) *mcp.ElicitParams {
	return &mcp.ElicitParams{Message: member + "?", RequestedSchema: json.RawMessage(`{"type":"object","properties":{"` + member + `":{"type":"` + kind + `"}},"required":["` + member + `"]}`)}
}

func sampling(text string) *mcp.CreateMessageParams {
	return &mcp.CreateMessageParams{Messages: []*mcp.SamplingMessage{{Role: "user", Content: &mcp.TextContent{Text: text}}}, MaxTokens: 100}
}

func ask(requests mcp.InputRequestMap) *mcp.CallToolResult {
	return &mcp.CallToolResult{InputRequests: requests}
}

// elicited returns a member of an accepted answer, nil without.
func elicited(responses mcp.InputResponseMap, key, member string) any {
	if r, ok := responses[key].(*mcp.ElicitResult); ok && r != nil && r.Action == "accept" {
		return r.Content[member]
	}
	return nil
}

func sampled(responses mcp.InputResponseMap, key string) string {
	if r, ok := responses[key].(*mcp.CreateMessageWithToolsResult); ok && r != nil && len(r.Content) > 0 {
		if text, ok := r.Content[0].(*mcp.TextContent); ok {
			return text.Text
		}
	}
	return ""
}

// seal protects a request state against change; unseal returns what was sealed.
func seal(state string) string {
	mac := hmac.New(sha256.New, []byte("a key for this test"))
	mac.Write([]byte(state))
	return state + "." + hex.EncodeToString(mac.Sum(nil))
}

func unseal(sealed string) (string, error) {
	state, _, _ := strings.Cut(sealed, ".")
	if !hmac.Equal([]byte(seal(state)), []byte(sealed)) {
		return "", &jsonrpc.Error{Code: jsonrpc.CodeInvalidParams, Message: "the requestState was changed"}
	}
	return state, nil
}

func addInputTools(s *mcp.Server) {
	for name, answer := range map[string]func(*mcp.CallToolRequest) (*mcp.CallToolResult, error){
		"elicitation":     askName,
		"sampling":        askModel,
		"list_roots":      askRoots,
		"request_state":   askConfirmation,
		"tampered_state":  askConfirmation,
		"multiple_inputs": askAll,
		"multi_round":     askTwice,
		"capabilities":    askWhatIsPossible,
	} {
		addTool(s, "test_input_required_result_"+name, "", func(_ context.Context, r *mcp.CallToolRequest) (*mcp.CallToolResult, error) { return answer(r) })
	}
}

func askName(r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	if name, ok := elicited(r.Params.InputResponses, "user_name", "name").(string); ok && name != "" {
		return say("Hello, " + name + "!"), nil
	}
	return ask(mcp.InputRequestMap{"user_name": elicit("name", "string")}), nil
}

func askModel(r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	if text := sampled(r.Params.InputResponses, "capital_question"); text != "" {
		return say("Sampling response: " + text), nil
	}
	return ask(mcp.InputRequestMap{"capital_question": sampling("What is the capital of France?")}), nil
}

func askRoots(r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	if roots, ok := r.Params.InputResponses["client_roots"].(*mcp.ListRootsResult); ok {
		return say(fmt.Sprintf("%d roots", len(roots.Roots))), nil
	}
	return ask(mcp.InputRequestMap{"client_roots": &mcp.ListRootsParams{}}), nil
}

func askConfirmation(r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	if r.Params.RequestState != "" {
		if _, err := unseal(r.Params.RequestState); err != nil {
			return nil, err
		}
		if elicited(r.Params.InputResponses, "confirm", "ok") != nil {
			return say("state-ok: confirmed"), nil
		}
	}
	result := ask(mcp.InputRequestMap{"confirm": elicit("ok", "boolean")})
	result.RequestState = seal("confirming")
	return result, nil
}

func askAll(r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	in := r.Params.InputResponses
	name, greeting := elicited(in, "user_name", "name"), sampled(in, "greeting")
	if _, ok := in["client_roots"].(*mcp.ListRootsResult); ok && name != nil && greeting != "" {
		return say(fmt.Sprint(greeting, " ", name)), nil
	}
	result := ask(mcp.InputRequestMap{"user_name": elicit("name", "string"), "greeting": sampling("Greet"), "client_roots": &mcp.ListRootsParams{}})
	result.RequestState = seal("all")
	return result, nil
}

func askTwice(r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	round := ""
	if r.Params.RequestState != "" {
		var err error
		if round, err = unseal(r.Params.RequestState); err != nil {
			return nil, err
		}
	}
	switch round {
	case "":
		result := ask(mcp.InputRequestMap{"step1": elicit("name", "string")})
		result.RequestState = seal("one")
		return result, nil
	case "one":
		result := ask(mcp.InputRequestMap{"step2": elicit("color", "string")})
		result.RequestState = seal(fmt.Sprint("two ", elicited(r.Params.InputResponses, "step1", "name")))
		return result, nil
	}
	return say(fmt.Sprint(round, " likes ", elicited(r.Params.InputResponses, "step2", "color"))), nil
}

func askWhatIsPossible(r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	caps := r.ClientCapabilities()
	if caps == nil {
		return nil, errors.New("no capabilities")
	}
	requests := mcp.InputRequestMap{}
	if caps.Elicitation != nil {
		requests["user_name"] = elicit("name", "string")
	}
	if caps.Sampling != nil {
		requests["greeting"] = sampling("Greet")
	}
	if caps.RootsV2 != nil {
		requests["client_roots"] = &mcp.ListRootsParams{}
	}
	if len(r.Params.InputResponses) > 0 || len(requests) == 0 {
		return say("nothing more to ask"), nil
	}
	return ask(requests), nil
}

func addTestResources(s *mcp.Server) {
	read := func(mimeType string, c mcp.ResourceContents) mcp.ResourceHandler {
		return func(_ context.Context, r *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
			c := c
			c.URI, c.MIMEType = r.Params.URI, mimeType
			c.Text = strings.ReplaceAll(c.Text, "{uri}", r.Params.URI)
			return &mcp.ReadResourceResult{Contents: []*mcp.ResourceContents{&c}}, nil
		}
	}
	text := mcp.ResourceContents{Text: "This is the content of the static text resource."}
	s.AddResource(&mcp.Resource{Name: "static-text", URI: "test://static-text", MIMEType: "text/plain"}, read("text/plain", text))
	s.AddResource(&mcp.Resource{Name: "watched", URI: "test://watched-resource", MIMEType: "text/plain"}, read("text/plain", text))
	s.AddResource(&mcp.Resource{Name: "static-binary", URI: "test://static-binary", MIMEType: "image/png"}, read("image/png", mcp.ResourceContents{Blob: pixel}))
	s.AddResourceTemplate(&mcp.ResourceTemplate{Name: "template", URITemplate: "test://template/{id}/data", MIMEType: "application/json"},
		read("application/json", mcp.ResourceContents{Text: `{"templateTest":true,"data":"{uri}"}`}))
}

func addPrompt(s *mcp.Server, name string, arguments []string, content ...mcp.Content) {
	p := &mcp.Prompt{Name: name, Description: "For the conformance suite."}
	for _, a := range arguments {
		p.Arguments = append(p.Arguments, &mcp.PromptArgument{Name: a, Required: true})
	}
	s.AddPrompt(p, func(_ context.Context, r *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
		result := &mcp.GetPromptResult{}
		for _, c := range content {
			result.Messages = append(result.Messages, &mcp.PromptMessage{Role: "user", Content: c})
		}
		for _, a := range arguments {
			result.Messages = append(result.Messages, &mcp.PromptMessage{Role: "user", Content: &mcp.TextContent{Text: a + "=" + r.Params.Arguments[a]}})
		}
		return result, nil
	})
}

func addTestPrompts(s *mcp.Server) {
	addPrompt(s, "test_simple_prompt", nil, &mcp.TextContent{Text: "This is a simple prompt for testing."})
	addPrompt(s, "test_prompt_with_arguments", []string{"arg1", "arg2"})
	addPrompt(s, "test_prompt_with_image", nil, &mcp.ImageContent{Data: pixel, MIMEType: "image/png"})
	addPrompt(s, "test_prompt_with_embedded_resource", []string{"resourceUri"}, embedded())
	s.AddPrompt(&mcp.Prompt{Name: "test_input_required_result_prompt", Description: "For the conformance suite."}, func(_ context.Context, r *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
		if said := elicited(r.Params.InputResponses, "user_context", "context"); said != nil {
			return &mcp.GetPromptResult{Messages: []*mcp.PromptMessage{{Role: "user", Content: &mcp.TextContent{Text: fmt.Sprint(said)}}}}, nil
		}
		return &mcp.GetPromptResult{InputRequests: mcp.InputRequestMap{"user_context": elicit("context", "string")}}, nil
	})
}
