using Florin.Storage.Database;
using Xunit;

namespace Florin.Tests.Storage;

public sealed class DatabaseUrlTests
{
    [Theory]
    [InlineData("postgresql://u:p@h:5433/d", "Host=h;Port=5433;Username=u;Password=p;Database=d")]
    [InlineData("postgres://u@h/d", "Host=h;Username=u;Database=d")]
    [InlineData("postgresql://u:p%40s%3As%2Fw%25+d@h/d%20b", "Host=h;Username=u;Password=p@s:s/w%+d;Database=d b")]
    [InlineData("postgresql://u:p@[::1]:6000/d", "Host=::1;Port=6000;Username=u;Password=p;Database=d")]
    [InlineData("postgresql://u:p@%2Fvar%2Frun%2Fpostgresql:6000/d", "Host=/var/run/postgresql;Port=6000;Username=u;Password=p;Database=d")]
    [InlineData("postgresql:///d?host=/tmp&user=u", "Database=d;Host=/tmp;Username=u")]
    [InlineData("postgresql://a:1,b:2/d?target_session_attrs=read-write", "Host=a:1,b:2;Database=d;Target Session Attributes=read-write")]
    [InlineData("postgresql://h/d?sslmode=verify-full&connect_timeout=7", "Host=h;Database=d;SSL Mode=VerifyFull;Timeout=7")]
    [InlineData("Host=h;Username=u;Password=p;Database=d", "Host=h;Username=u;Password=p;Database=d")]
    public void Both_forms_are_read(string text, string expected) =>
        Assert.Equal(new Npgsql.NpgsqlConnectionStringBuilder(expected).ConnectionString, DatabaseUrl.Parse(text).ConnectionString);

    [Theory]
    [InlineData("postgresql://u:secret@h:port/d")]
    [InlineData("postgresql://u:secret@h/d?unknown=1")]
    [InlineData("postgresql://u:secret@h/d?sslmode=maybe")]
    [InlineData("mysql://u:secret@h/d")]
    [InlineData("Hots=h;Password=secret")]
    [InlineData("postgresql:///d?password=secret")]
    [InlineData("")]
    public void What_cannot_be_read_is_refused_without_repeating_it(string text)
    {
        var refusal = Assert.Throws<DatabaseRefusedException>(() => DatabaseUrl.Parse(text));
        Assert.DoesNotContain("secret", refusal.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("postgresql://u:p%40s%3As%2Fw%25@h:6000/d%20b")]
    [InlineData("postgresql://u:p@%2Ftmp:5432/d")]
    public void A_url_is_written_as_it_is_read(string text) => Assert.Equal(text, DatabaseUrl.Format(DatabaseUrl.Parse(text)));

    [Fact]
    public void The_masked_form_has_no_password() =>
        Assert.Equal("postgresql://u:%2A%2A%2A@h:5432/d", DatabaseUrl.Masked(DatabaseUrl.Parse("postgresql://u:secret@h/d")));
}
