using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Florin.Ledger;

namespace Florin.Flows.Runner;

/// <summary>The handlers by kind, with definitions that were checked once.</summary>
internal sealed class FlowKinds
{
    private readonly FrozenDictionary<string, IFlowHandler> handlers;

    public FlowKinds(ImmutableArray<IFlowHandler> handlers)
    {
        foreach (IFlowHandler handler in handlers)
        {
            Check(handler.Definition);
        }

        this.handlers = handlers.ToFrozenDictionary(handler => handler.Definition.Kind, StringComparer.Ordinal);
        Definitions = [.. handlers.Select(handler => handler.Definition)];
    }

    public ImmutableArray<FlowDefinition> Definitions { get; }

    /// <summary>A kind may be missing while another version of the program runs beside this one.</summary>
    public bool TryGet(string kind, [NotNullWhen(true)] out IFlowHandler? handler) => handlers.TryGetValue(kind, out handler);

    /// <summary>Whether this program can execute a flow as it stands; a newer program beside it may have written what it cannot (fault T-05).</summary>
    public bool Knows(Flow flow) =>
        handlers.TryGetValue(flow.Kind, out IFlowHandler? handler) && handler.Definition.States.Any(state => state.Name == flow.State);

    /// <exception cref="InvariantException">The kind is not known here: a bug of the caller.</exception>
    public FlowDefinition Definition(string kind)
    {
        Require(handlers.TryGetValue(kind, out IFlowHandler? handler), $"There is no handler for flows of kind '{kind}'.");
        return handler.Definition;
    }

    /// <exception cref="InvariantException">With the message, when the condition is false.</exception>
    public static void Require([DoesNotReturnIf(false)] bool condition, string message)
    {
        if (!condition)
        {
            throw new InvariantException(message);
        }
    }

    private static void Check(FlowDefinition definition)
    {
        HashSet<string> states = [.. definition.States.Select(state => state.Name)];
        Require(states.Count == definition.States.Length, $"Flow '{definition.Kind}' declares a state twice.");
        Require(!definition.InitialStates.IsEmpty, $"Flow '{definition.Kind}' has no initial state.");
        Require(!states.Contains(""), $"Flow '{definition.Kind}' has a state without a name.");
        foreach (string state in definition.InitialStates
            .Concat(definition.Transitions.SelectMany(transition => (IEnumerable<string>)[transition.From, transition.To])))
        {
            Require(states.Contains(state), $"Flow '{definition.Kind}' uses the state '{state}' without declaring it.");
        }
    }
}
