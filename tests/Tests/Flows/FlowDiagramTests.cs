using Florin.Flows;
using Xunit;

namespace Florin.Tests.Flows;

public sealed class FlowDiagramTests
{
    private static readonly FlowDefinition Definition = new PaymentFlow(new Outside()).Definition;

    [Fact]
    public void Diagram_shows_every_state_and_transition()
    {
        Assert.Equal(
            """
            stateDiagram-v2
                [*] --> created
                created --> charged: the provider accepts
                charged --> succeeded: the provider says succeeded
                charged --> failed: the provider says failed
                succeeded --> returned: return
                succeeded --> [*]
                failed --> [*]
                returned --> [*]

            """.ReplaceLineEndings("\n"),
            FlowDiagram.Mermaid(Definition));
    }

    [Fact]
    public void Tables_show_meaning_and_postings()
    {
        string tables = FlowDiagram.Tables(Definition);

        Assert.Contains("| `created` | The intent is durable. |  |  |\n", tables, StringComparison.Ordinal);
        Assert.Contains("| `succeeded` | Posted. | yes | yes |\n", tables, StringComparison.Ordinal);
        Assert.Contains("| | `created` | start | |\n", tables, StringComparison.Ordinal);
        Assert.Contains(
            "| `charged` | `succeeded` | the provider says succeeded | Dr psp:test:clearing / Cr user:{id}:available |\n",
            tables,
            StringComparison.Ordinal);
    }
}
