// digest_pair.v - proves that stream_digest gives the same for a stream of 64
// bits as for its halves at 32: what one takes in a clock the other takes in two.
`default_nettype none
module digest_pair (
    input wire        clk,
    input wire        rst,
    input wire        beat,
    input wire        packets,
    input wire [63:0] tdata,
    input wire [7:0]  tkeep,
    input wire [47:0] tuser,
    input wire        tlast
);
    reg         past_q = 1'b0;
    reg         second_q;               // the upper half follows
    reg         packets_q, last_q;
    reg  [31:0] data_q;
    reg  [3:0]  keep_q;
    reg  [47:0] user_q;
    wire [31:0] digest_64, digest_32;
    wire        first = beat && !second_q;
    wire        two   = tkeep[4];

    stream_digest #(.W (64)) wide (
        .clk      (clk),
        .rst      (rst),
        .packets  (packets),
        .beat     (first),
        .tdata    (tdata),
        .tkeep    (tkeep),
        .tuser    (tuser),
        .tlast    (tlast),
        .digest   (digest_64)
    );

    stream_digest #(.W (32)) narrow (
        .clk      (clk),
        .rst      (rst),
        .packets  (second_q ? packets_q : packets),
        .beat     (first || second_q),
        .tdata    (second_q ? data_q : tdata[31:0]),
        .tkeep    (second_q ? keep_q : tkeep[3:0]),
        .tuser    (second_q ? user_q : tuser),
        .tlast    (second_q ? last_q : tlast && !two),
        .digest   (digest_32)
    );

    // What the wide one will be when the second half is in: steps are linear.
    function [31:0] steps(input [31:0] s);
        steps = {s[23:0], 8'd0} ^ {24'd0, s[31:24]} ^ {23'd0, s[31:24], 1'b0}
              ^ {22'd0, s[31:24], 2'b0} ^ {2'd0, s[31:24], 22'd0};
    endfunction
    wire [31:0] rest = (data_q & {{8{keep_q[3]}}, {8{keep_q[2]}}, {8{keep_q[1]}}, {8{keep_q[0]}}})
        ^ (last_q && packets_q ? user_q[31:0] ^ {5'd0, user_q[47:32], 11'd0}
                                 ^ {keep_q[2], ^keep_q[3:1], 30'd0} : {28'd0, ~keep_q});

    always @(posedge clk) begin
        past_q    <= 1'b1;
        second_q  <= first && two && !rst;
        packets_q <= packets;
        data_q    <= tdata[63:32];
        keep_q    <= tkeep[7:4];
        user_q    <= tuser;
        last_q    <= tlast;
        if (!past_q)
            assume (rst);
        assume ((tkeep & (tkeep + 8'd1)) == 8'd0);
        if (past_q) begin
            if (!second_q)
                assert (digest_64 == digest_32);
            else
                assert (keep_q[0] && digest_64 == (steps(digest_32) ^ rest));
            cover (!second_q && digest_64 == 32'h12345678);
        end
    end
endmodule
`default_nettype wire
