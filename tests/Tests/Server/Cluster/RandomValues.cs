using System.Collections;
using System.Collections.Immutable;
using System.Reflection;
using Florin.Flows;
using Florin.Ledger;

namespace Florin.Tests.Server.Cluster;

/// <summary>Makes values of any of the ledger's types with every member set to something, and compares two of them member by member: by reflection, so that a new member is tested without a word here.</summary>
internal sealed class RandomValues(int seed)
{
    private const int ListMax = 4;

    private readonly Random _random = new(seed);

    public T Next<T>() => (T)Next(typeof(T))!;

    /// <returns>The path of the first member that differs; <see langword="null"/> when none does.</returns>
    public static string? Difference(object? one, object? other, string path = "")
    {
        if (one is null || other is null)
        {
            return ReferenceEquals(one, other) ? null : path;
        }

        if (one.GetType() != other.GetType())
        {
            return path + ": another type";
        }

        if (one is IEnumerable list and not string)
        {
            return IsDefault(one) || IsDefault(other)
                ? IsDefault(one) == IsDefault(other) ? null : path + ": default"
                : Difference([.. list.Cast<object?>()], [.. ((IEnumerable)other).Cast<object?>()], path);
        }

        PropertyInfo[] members = Members(one.GetType());
        return members.Length == 0
            ? one.Equals(other) ? null : path
            : members.Select(member => Difference(member.GetValue(one), member.GetValue(other), $"{path}.{member.Name}")).FirstOrDefault(found => found is not null);
    }

    private static string? Difference(object?[] one, object?[] other, string path) => one.Length != other.Length
        ? path + ": length"
        : one.Select((item, index) => Difference(item, other[index], $"{path}[{index}]")).FirstOrDefault(found => found is not null);

    /// <summary>What a type of ours consists of; nothing for those of the framework.</summary>
    private static PropertyInfo[] Members(Type type) =>
        type.Namespace?.StartsWith("Florin", StringComparison.Ordinal) == true && !type.IsEnum
            ? [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.SetMethod is not null || type == typeof(AccountAddress))]
            : [];

    private static bool IsDefault(object list) => list.GetType().GetProperty("IsDefault")?.GetValue(list) is true;

    private object? Next(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            return _random.Next(3) == 0 ? null : Next(underlying);
        }

        if (type.IsEnum)
        {
            return Enum.ToObject(type, _random.Next(100));
        }

        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableArray<>))
        {
            return NextList(type);
        }

        return type switch
        {
            _ when type == typeof(string) => NextText(),
            _ when type == typeof(UInt128) => _random.Next(3) == 0 ? UInt128.MaxValue : new UInt128((ulong)_random.NextInt64(), (ulong)_random.NextInt64()),
            _ when type == typeof(Int128) => _random.Next(3) == 0 ? Int128.MinValue : new Int128((ulong)_random.NextInt64(), (ulong)_random.NextInt64()),
            _ when type == typeof(int) => _random.Next(int.MinValue, int.MaxValue),
            _ when type == typeof(long) => _random.NextInt64(long.MinValue, long.MaxValue),
            _ when type == typeof(ulong) => (ulong)_random.NextInt64() * 2,
            _ when type == typeof(bool) => _random.Next(2) == 0,
            _ when type == typeof(byte[]) => NextBytes(32),
            _ when type == typeof(Guid) => new Guid(NextBytes(16)),
            _ when type == typeof(TimeSpan) => new TimeSpan(_random.NextInt64(TimeSpan.TicksPerDay)),
            _ when type == typeof(DateOnly) => DateOnly.FromDayNumber(_random.Next(DateOnly.MaxValue.DayNumber)),
            _ when type == typeof(DateTimeOffset) => new DateTimeOffset(_random.NextInt64(DateTimeOffset.MaxValue.Ticks), TimeSpan.Zero),
            _ when type == typeof(AccountAddress) => AccountAddress.Parse($"user:{_random.Next()}:x"),
            _ when type == typeof(ICommitParticipant) => Next<FlowChange>(),
            _ when Members(type).Length > 0 => NextObject(type),
            _ => throw new NotSupportedException($"{type} is new: say how one is made."),
        };
    }

    private object NextObject(Type type)
    {
        ConstructorInfo? constructor = type.GetConstructors().OrderByDescending(candidate => candidate.GetParameters().Length)
            .FirstOrDefault(candidate => candidate.GetParameters() is not [{ ParameterType: var only }] || only != type);
        object made = constructor is null
            ? Activator.CreateInstance(type)!
            : constructor.Invoke([.. constructor.GetParameters().Select(parameter => Next(parameter.ParameterType))]);
        foreach (PropertyInfo member in Members(type).Where(member => _random.Next(4) > 0 || IsRequired(member)))
        {
            object? value = member.PropertyType == typeof(string) && !IsOptional(member) ? NextText() ?? "" : Next(member.PropertyType);
            member.SetValue(made, value);
        }

        return made;
    }

    private static bool IsRequired(PropertyInfo member) => member.GetCustomAttribute<System.Runtime.CompilerServices.RequiredMemberAttribute>() is not null;

    private static bool IsOptional(PropertyInfo member) => new NullabilityInfoContext().Create(member).WriteState == NullabilityState.Nullable;

    private object NextList(Type type)
    {
        Type item = type.GetGenericArguments()[0];
        int count = _random.Next(-1, ListMax);
        if (count < 0)
        {
            return Activator.CreateInstance(type)!;
        }

        Array items = Array.CreateInstance(item, count);
        for (int index = 0; index < count; index++)
        {
            items.SetValue(Next(item), index);
        }

        return typeof(ImmutableArray).GetMethods().Single(method => method.Name == nameof(ImmutableArray.Create) && method.IsGenericMethod
                && method.GetParameters() is [{ ParameterType.IsArray: true }])
            .MakeGenericMethod(item).Invoke(null, [items])!;
    }

    // Ill-formed on purpose: the ledger refuses half of a surrogate pair, so the leader has to see it.
    private string? NextText() => _random.Next(6) switch
    {
        0 => null,
        1 => "",
        2 => "plain",
        3 => "\uD83D",
        4 => "x\uDE00\uFFFD\0\u0001é\"\\",
        _ => new string([.. Enumerable.Range(0, _random.Next(20)).Select(_ => (char)_random.Next(char.MaxValue))]),
    };

    private byte[] NextBytes(int count)
    {
        byte[] bytes = new byte[count];
        _random.NextBytes(bytes);
        return bytes;
    }
}
