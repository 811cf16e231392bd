namespace Florin.Sandbox;

/// <summary>Every bound of the sandbox in one place.</summary>
internal static class Limits
{
    /// <summary>Bytes of one request body.</summary>
    public const int BodyBytes = 1024 * 1024;

    /// <summary>Parameters of one request.</summary>
    public const int Parameters = 1000;

    /// <summary>Levels of brackets in a parameter's name.</summary>
    public const int ParameterDepth = 6;

    /// <summary>Characters of one parameter's value.</summary>
    public const int ValueCharacters = 5000;

    /// <summary>Characters of an idempotency key.</summary>
    public const int IdempotencyKeyCharacters = 255;

    /// <summary>Objects on one page of a list.</summary>
    public const int PageObjects = 100;

    /// <summary>Objects on a page when the caller names no limit.</summary>
    public const int PageObjectsDefault = 10;

    /// <summary>Objects that the process keeps, its own book-keeping included.</summary>
    public const int Objects = 2_000_000;

    /// <summary>Objects that the control plane shows of one type, newest first.</summary>
    public const int JudgedObjects = 100_000;

    /// <summary>Bytes of one journal line, which is all that one request changed.</summary>
    public const int JournalLineBytes = 8 * 1024 * 1024;

    /// <summary>Bytes of a journal above which a start rewrites it.</summary>
    public const long JournalCompactOverBytes = 64 * 1024 * 1024;

    /// <summary>Faults that wait at one time.</summary>
    public const int Faults = 1000;

    /// <summary>Times that one fault may strike.</summary>
    public const int FaultCount = 1_000_000;

    /// <summary>Webhook endpoints at one time.</summary>
    public const int WebhookEndpoints = 16;

    /// <summary>Bytes of a control request.</summary>
    public const int ControlBodyBytes = 64 * 1024;

    /// <summary>The farthest that the clock moves at once.</summary>
    public static readonly TimeSpan Advance = TimeSpan.FromDays(3660);

    /// <summary>How long a connection that will not be answered is held.</summary>
    public static readonly TimeSpan HeldConnection = TimeSpan.FromSeconds(120);

    /// <summary>The longest delay that a fault may ask for.</summary>
    public static readonly TimeSpan FaultDelay = TimeSpan.FromSeconds(300);

    /// <summary>How long one attempt to deliver a webhook may take.</summary>
    public static readonly TimeSpan WebhookAttempt = TimeSpan.FromSeconds(10);

    /// <summary>How long an idempotency key is remembered, on the sandbox's clock.</summary>
    public static readonly TimeSpan IdempotencyKeyLife = TimeSpan.FromHours(24);
}
