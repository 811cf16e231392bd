using System.Collections.Immutable;
using Florin.Flows;

namespace Florin.Tests.Flows;

/// <summary>A flow that does what a test says.</summary>
internal sealed class ScriptedFlow(Func<Flow, ImmutableArray<FlowSignal>, CancellationToken, ValueTask<FlowDecision>> decide) : IFlowHandler
{
    public const string Kind = "test.scripted";

    public FlowDefinition Definition { get; } = new(
        Kind,
        "Does what a test says.",
        [
            new FlowState("open", false, true, "Something is to be done."),
            new FlowState("next", false, true, "Something else is to be done."),
            new FlowState("done", true, true, "Nothing is to be done."),
        ],
        ["open"],
        [new FlowTransition("open", "open", "note"), new FlowTransition("open", "next", "go on"), new FlowTransition("open", "done", "finish"),
            new FlowTransition("next", "done", "finish")]);

    public ValueTask<FlowDecision> DecideAsync(Flow flow, ImmutableArray<FlowSignal> signals, CancellationToken cancellationToken) =>
        decide(flow, signals, cancellationToken);
}
