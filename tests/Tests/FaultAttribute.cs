namespace Florin.Tests;

/// <summary>Names the line of the fault catalogue that a test covers; <c>docs/faults.md</c> lists them.</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Class, AllowMultiple = true)]
public sealed class FaultAttribute(string line) : Attribute
{
    public string Line { get; } = line;
}
