class Chatferry < Formula
  desc "Imports WhatsApp chat history into the Close CRM"
  homepage "@repository@"
  version "@version@"
  license any_of: ["MIT", "Apache-2.0"]

  on_macos do
    on_arm do
      url "@repository@/releases/download/v@version@/chatferry-@version@-aarch64-apple-darwin.tar.gz"
      sha256 "@sha256 aarch64-apple-darwin.tar.gz@"
    end
    on_intel do
      url "@repository@/releases/download/v@version@/chatferry-@version@-x86_64-apple-darwin.tar.gz"
      sha256 "@sha256 x86_64-apple-darwin.tar.gz@"
    end
  end

  on_linux do
    on_arm do
      url "@repository@/releases/download/v@version@/chatferry-@version@-aarch64-unknown-linux-musl.tar.gz"
      sha256 "@sha256 aarch64-unknown-linux-musl.tar.gz@"
    end
    on_intel do
      url "@repository@/releases/download/v@version@/chatferry-@version@-x86_64-unknown-linux-musl.tar.gz"
      sha256 "@sha256 x86_64-unknown-linux-musl.tar.gz@"
    end
  end

  def install
    bin.install "chatferry"
    bash_completion.install "completions/chatferry.bash" => "chatferry"
    zsh_completion.install "completions/_chatferry"
    fish_completion.install "completions/chatferry.fish"
    man1.install "man/chatferry.1"
  end

  test do
    assert_match "0 differences", shell_output("#{bin}/chatferry demo")
  end
end
