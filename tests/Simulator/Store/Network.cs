using Florin.Simulator.Scheduling;

namespace Florin.Simulator.Store;

/// <summary>Something under way between a process and the store.</summary>
/// <param name="From">The process that sent it, or that it is for.</param>
/// <param name="Request">Whether it goes to the store; a request of a killed process may still arrive.</param>
internal sealed record Message(string What, string From, bool Request, TimeSpan NotBefore, Action Arrive);

/// <summary>All that is under way. What has arrived in time is delivered in the order that the seed says.</summary>
internal sealed class Network(SimulatedClock clock, Chance chance)
{
    private static readonly TimeSpan QuickMax = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan SlowMax = TimeSpan.FromMinutes(1);

    private readonly List<Message> _messages = [];

    public void Send(string what, string from, bool request, bool slow, Action arrive) =>
        _messages.Add(new Message(what, from, request, clock.Now + chance.Duration(slow ? SlowMax : QuickMax), arrive));

    public int DueCount
    {
        get
        {
            int count = 0;
            foreach (Message message in _messages)
            {
                count += message.NotBefore <= clock.Now ? 1 : 0;
            }

            return count;
        }
    }

    public TimeSpan? NextAt => _messages.Count == 0 ? null : _messages.Min(message => message.NotBefore);

    /// <summary>Takes one of those that are due.</summary>
    public Message Take()
    {
        int drawn = chance.Below(DueCount);
        int position = _messages.FindIndex(message => message.NotBefore <= clock.Now && drawn-- == 0);
        Message taken = _messages[position];
        _messages.RemoveAt(position);
        return taken;
    }

    /// <summary>A killed process hears nothing any more; what it had sent is lost or not.</summary>
    public void Drop(string process) =>
        _messages.RemoveAll(message => message.From == process && (!message.Request || chance.Percent(50)));
}
