namespace Florin.Simulator.Scheduling;

/// <summary>Runs the continuations of one simulated process, one at a time, when and in the order that the seed says.</summary>
/// <remarks>
/// Nothing is ever run in place: each continuation waits here until it is picked. A continuation that arrives from another thread has left
/// the simulation, which could then not be repeated: that is an error of what is simulated, and found.
/// </remarks>
internal sealed class ProcessScheduler(int threadId) : TaskScheduler
{
    private readonly List<Task> _ready = [];
    private bool _isDead;
    private string? _strayed;

    public int ReadyCount => _ready.Count;

    /// <summary>What arrived from another thread; <see langword="null"/> when nothing did.</summary>
    public string? Strayed => Volatile.Read(ref _strayed);

    public Task Start(Func<Task> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, this).Unwrap();

    public Task Start(Action work) => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, this);

    public void RunOne(int position)
    {
        Task task = _ready[position];
        _ready.RemoveAt(position);
        TryExecuteTask(task);
    }

    /// <summary>Nothing of the process runs any more; what it waited for never arrives.</summary>
    public void Kill()
    {
        _isDead = true;
        _ready.Clear();
    }

    protected override void QueueTask(Task task)
    {
        if (Environment.CurrentManagedThreadId != threadId)
        {
            Interlocked.CompareExchange(ref _strayed, Environment.StackTrace, null);
            return;
        }

        if (!_isDead)
        {
            _ready.Add(task);
        }
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    protected override IEnumerable<Task> GetScheduledTasks() => [.. _ready];
}
