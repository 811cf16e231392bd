using Florin.Ledger;
using Florin.Simulator.Model;

namespace Florin.Simulator.Judgement;

/// <summary>A submission that was sent to one process, once. Another sending of the same submission is another attempt.</summary>
/// <param name="isBulk">Its transactions were sent each for itself.</param>
internal sealed class Attempt(int number, Submission submission, string process, bool isBulk = false)
{
    public int Number => number;

    public Submission Submission => submission;

    public bool IsBulk => isBulk;

    public string Process => process;

    public ICommitParticipant? Participant => submission.Participant;

    /// <summary>All that may be answered truly: what the model foresaw at each state that the process may have been in since it was asked.</summary>
    public List<Foreseen> Foreseen { get; } = [];

    /// <summary>The store found its participant in conflict since it was asked.</summary>
    public bool SawConflict { get; set; }

    /// <summary>What the journal shows that it may have created.</summary>
    public List<Creation> Creations { get; } = [];

    /// <summary>Answered, or known to stay without an answer.</summary>
    public bool IsDone { get; set; }

    /// <summary>The answer, which is final: whatever the journal does not show by now, this attempt does not apply any more.</summary>
    public SubmissionResult? Result { get; set; }
}

/// <summary>A read of one account, or of all.</summary>
internal sealed class BalanceRead(int number, string process, AccountId? account, long fromSequence, int fromAccounts, int fromStandings)
{
    public int Number => number;

    public string Process => process;

    public AccountId? Account => account;

    /// <summary>It must show at least what was durable by this sequence, and this many accounts.</summary>
    public long FromSequence => fromSequence;

    public int FromAccounts => fromAccounts;

    /// <summary>So many changes of standings were durable.</summary>
    public int FromStandings => fromStandings;

    public bool IsDone { get; set; }
}

/// <summary>One transaction that the journal shows, or a participant without any.</summary>
/// <param name="sequence">Of its first transfer; 0 when it has none.</param>
internal sealed class Creation(long sequence)
{
    public long Sequence => sequence;

    /// <summary>The attempts that may have created it. One of them may say so.</summary>
    public List<Attempt> By { get; } = [];

    public Attempt? ClaimedBy { get; set; }
}
