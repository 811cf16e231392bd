using System.Collections.Concurrent;
using Florin.Tests.Events;

namespace Florin.Tests.Payments.Sequences;

/// <summary>A receiver of the server's events that refuses every tenth at first.</summary>
internal sealed class EventListener : IAsyncDisposable
{
    private const int RefusedEvery = 10;
    private const int Ok = 200;
    private const int Busy = 503;

    private readonly EventReceiver _receiver = new();
    private readonly ConcurrentDictionary<long, int> _tries = new();
    private readonly ConcurrentDictionary<long, bool> _taken = new();

    public EventListener() => _receiver.Answer = Answer;

    /// <summary>Whether it is in trouble.</summary>
    public bool Refuses { get; set; } = true;

    public string Url => _receiver.Url;

    /// <summary>In the order in which they came, repeats included.</summary>
    public IReadOnlyList<ReceivedEvent> Received => _receiver.Received;

    /// <summary>The numbers of those that were answered with success.</summary>
    public IReadOnlySet<long> Taken => _taken.Keys.ToHashSet();

    public ValueTask DisposeAsync() => _receiver.DisposeAsync();

    private int Answer(ReceivedEvent received)
    {
        long sequence = received.Sequence;
        bool isFirst = _tries.AddOrUpdate(sequence, 1, (_, tries) => tries + 1) == 1;
        if (Refuses && isFirst && sequence % RefusedEvery == 0)
        {
            return Busy;
        }

        _taken[sequence] = true;
        return Ok;
    }
}
