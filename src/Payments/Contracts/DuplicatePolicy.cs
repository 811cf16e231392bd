namespace Florin.Payments;

/// <summary>What is done with a payment that may be the repeat of another under a fresh key (fault I-08).</summary>
public enum DuplicatePolicy
{
    /// <summary>Nobody looks.</summary>
    Off = 0,

    /// <summary>It is made, and names the other payment.</summary>
    Warn = 1,

    /// <summary>It is refused until its caller says that it is meant.</summary>
    Hold = 2,
}
