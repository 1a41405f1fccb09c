import { expect } from "chai";
import { CONTROLS } from "../../../report/controls";
import { limited, readArn } from "../../../report/formats/findingText";
import { remediationOf } from "../../../report/formats/remediation";

describe("what to do about a finding", () => {
  it("is said for every control, in the length that Security Hub takes, with a page of AWS's documentation", () => {
    for (const control of CONTROLS) {
      const { text, url } = remediationOf(control);
      expect(text.length, control.id).to.be.within(20, 512);
      expect(url, control.id).to.match(/^https:\/\/docs\.aws\.amazon\.com\/[\w/.-]+\.html(#[a-z0-9-]+)?$/);
      const hub = control.securityHub?.toLowerCase().replace(".", "-");
      if (hub !== undefined) expect(url, control.id).to.match(new RegExp(`#${hub}$`));
    }
  });

  it("is not made up for a control that nobody knows", () => {
    expect(() => remediationOf({ id: "no-such-control" })).to.throw(RangeError, "no-such-control");
  });
});

describe("the ARN of a credential report's row", () => {
  it("tells partition and path", () => {
    expect(readArn("arn:aws:iam::111122223333:root")).to.deep.equal({ partition: "aws", path: null });
    expect(readArn("arn:aws-cn:iam::111122223333:user/anna")).to.deep.equal({ partition: "aws-cn", path: "/" });
    expect(readArn("arn:aws:iam::111122223333:user/a/b/anna")).to.deep.equal({ partition: "aws", path: "/a/b/" });
  });

  it("says nothing where it is none", () => {
    for (const arn of [
      "",
      "N/A",
      "arn:aws:iam::1:user/anna",
      "arn:aws:s3:::bucket",
      "arn:aws:iam::111122223333:user/",
    ]) {
      expect(readArn(arn), arn).to.equal(null);
    }
  });
});

describe("text that is too long", () => {
  it("is cut and says so, and any other is left as it is", () => {
    expect(limited("abcde", 5)).to.equal("abcde");
    expect(limited("abcdef", 5)).to.equal("abcd…");
  });

  it("is never cut within a character", () => {
    for (const length of [2, 3, 4, 5]) {
      const cut = limited("😀😀😀😀", length);
      expect(cut.length).to.be.at.most(length);
      expect(cut).to.equal(Buffer.from(cut).toString());
    }
  });
});
