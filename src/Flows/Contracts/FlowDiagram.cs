using System.Globalization;
using System.Text;

namespace Florin.Flows;

/// <summary>Draws a definition for the docs, so that they cannot say anything else than the code.</summary>
public static class FlowDiagram
{
    /// <summary>A Mermaid state diagram, without the fence around it. Lines end with a line feed.</summary>
    public static string Mermaid(FlowDefinition definition)
    {
        StringBuilder text = new("stateDiagram-v2\n");
        foreach (string initial in definition.InitialStates)
        {
            text.Append(CultureInfo.InvariantCulture, $"    [*] --> {initial}\n");
        }

        foreach (FlowTransition transition in definition.Transitions)
        {
            text.Append(CultureInfo.InvariantCulture, $"    {transition.From} --> {transition.To}: {transition.Event}\n");
        }

        foreach (FlowState state in definition.States.Where(state => state.IsFinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"    {state.Name} --> [*]\n");
        }

        return text.ToString();
    }

    /// <summary>Two Markdown tables: the states with their meaning, and the transitions with their postings.</summary>
    public static string Tables(FlowDefinition definition)
    {
        StringBuilder text = new("| State | Meaning | Final | Answers a request |\n|---|---|---|---|\n");
        foreach (FlowState state in definition.States)
        {
            text.Append(
                CultureInfo.InvariantCulture, $"| `{state.Name}` | {Cell(state.Meaning)} | {YesNo(state.IsFinal)} | {YesNo(state.IsReportable)} |\n");
        }

        text.Append("\n| From | To | Event | Postings |\n|---|---|---|---|\n");
        foreach (string initial in definition.InitialStates)
        {
            text.Append(CultureInfo.InvariantCulture, $"| | `{initial}` | start | |\n");
        }

        foreach (FlowTransition transition in definition.Transitions)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"| `{transition.From}` | `{transition.To}` | {Cell(transition.Event)} | {Cell(transition.Postings ?? "")} |\n");
        }

        return text.ToString();
    }

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);

    private static string YesNo(bool value) => value ? "yes" : "";
}
