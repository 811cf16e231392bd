using Florin.Providers;

namespace Florin.Payments.Charging;

/// <summary>Whether an acquirer still knows the idempotency key of a call whose outcome is unknown.</summary>
internal enum KeyState
{
    /// <summary>A repeat is answered by the state of the original: it is sent again under the same key.</summary>
    Known = 1,

    /// <summary>A repeat might arrive when the key is forgotten, and what was repeated last may still be under way: nothing is sent and nothing concluded.</summary>
    Fading = 2,

    /// <summary>A repeat would be a new attempt, or teaches nothing: it is never sent (faults I-05, U-01).</summary>
    Gone = 3,
}

/// <summary>Tells the state of a key by the time at which its first call may have left.</summary>
internal sealed class KeyMemory(PaymentOptions options, TimeProvider timeProvider)
{
    public KeyState Of(IAcquirer acquirer, DateTimeOffset? sentAt)
    {
        if (acquirer.RepeatsAnswerFor is not { } life || sentAt is not { } sent)
        {
            return KeyState.Gone;
        }

        TimeSpan margin = options.SettleWindow + options.ClockSkew;
        TimeSpan repeats = margin < life / 2 ? life - margin : life / 2;
        TimeSpan age = timeProvider.GetUtcNow() - sent;
        return age < repeats ? KeyState.Known : age < life ? KeyState.Fading : KeyState.Gone;
    }
}
