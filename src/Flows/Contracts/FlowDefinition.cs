using System.Collections.Immutable;

namespace Florin.Flows;

/// <summary>A state of a flow.</summary>
/// <param name="IsFinal">The runner does not take it up by itself any more; only a named event leaves it.</param>
/// <param name="IsReportable">A caller may be told this state as an answer; in the others the first execution is still running.</param>
public sealed record FlowState(string Name, bool IsFinal, bool IsReportable, string Meaning)
{
    /// <summary>The name of the state, in every kind that has one, in which an answer of a provider was lost and money may have moved (fault U-04).</summary>
    public const string Unknown = "unknown";

    /// <summary>
    /// The names of the states, in every kind that has them, in which a provider was asked to cancel and has not confirmed it: the payer may have been quicker.
    /// They are a person's business when it takes too long (fault U-04).
    /// </summary>
    public static ImmutableArray<string> Unconfirmed { get; } = ["expiring", "canceling"];
}

/// <summary>An allowed change of state. The database refuses every other.</summary>
/// <param name="Event">What leads to it, for the diagram and the history.</param>
/// <param name="Postings">The postings that belong to it, in words for the docs: <c>Dr psp:stripe:clearing / Cr user:{id}:available</c>; or null.</param>
public sealed record FlowTransition(string From, string To, string Event, string? Postings = null);

/// <summary>The declared states and transitions of one kind of flow.</summary>
public sealed record FlowDefinition(
    string Kind, string Purpose, ImmutableArray<FlowState> States, ImmutableArray<string> InitialStates, ImmutableArray<FlowTransition> Transitions)
{
    /// <exception cref="InvalidOperationException">The state is not declared.</exception>
    public FlowState State(string name) => States.FirstOrDefault(state => state.Name == name)
        ?? throw new InvalidOperationException($"Flow '{Kind}' has no state '{name}'.");

    public bool Allows(string from, string to) => Transitions.Any(transition => transition.From == from && transition.To == to);
}
